"""Brier score: the mean squared error of probabilities."""

import numpy as np

from keel.metrics.classes import target_class
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import CLASSIFY, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def squared(evidence: Evidence, target: int | None) -> Floats:
    """[n] squared error of one class's probability, or summed over all classes."""
    squares: Floats
    if target is not None:
        squares = np.square(evidence.output[:, target] - (evidence.label == target))
    else:
        truth = evidence.output[np.arange(len(evidence)), evidence.label.astype(np.int64)]
        squares = np.square(evidence.output).sum(axis=1) - 2 * truth + 1
    return squares


def _values(sample: Sample, measure: Measure) -> Floats:
    return sample.mean(squared, target_class(sample.evidence, measure))


def _mean(evidence: Evidence, measure: Measure) -> Floats:
    return squared(evidence, target_class(evidence, measure))


def _ceiling(evidence: Evidence) -> float:
    return 1.0 if evidence.output.shape[1] == 2 else 2.0


METRIC = Metric(
    name="brier",
    tasks=CLASSIFY,
    better="lower",
    values=_values,
    mean=_mean,
    highest=2.0,
    ceiling=_ceiling,
    definition=(
        "mean squared difference of probability and outcome: of the positive class, or summed "
        "over the classes when there are more than two"
    ),
    source="Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
)
