"""Log loss: the mean surprise at what happened."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import CLASSIFY, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure

SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities below are taken as this one, as scikit-learn does, so that no case is infinite."""


def surprise(evidence: Evidence, target: int | None) -> Floats:
    """[n] minus the logarithm of the probability of what happened."""
    output = evidence.output
    if target is None:
        happened = output[np.arange(len(evidence)), evidence.label.astype(np.int64)]
    else:
        happened = np.where(evidence.label == target, output[:, target], 1 - output[:, target])
    return -np.log(np.clip(happened, SMALLEST, 1.0))


def _values(sample: Sample, measure: Measure) -> Floats:
    name = measure.for_class
    return sample.mean(surprise, None if name is None else sample.evidence.classes.index(name))


METRIC = Metric(
    name="log_loss",
    tasks=CLASSIFY,
    better="lower",
    values=_values,
    highest=float("inf"),
    definition="mean of minus the natural logarithm of the probability given to what happened",
    source="Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
)
