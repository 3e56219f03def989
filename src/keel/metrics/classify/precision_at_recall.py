"""Precision at a recall: how clean the flags are once that much is found."""

import numpy as np

from keel.metrics.classes import over_classes, rarer_size
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Curve, Sample
from keel.spec.promise import Measure

ROUNDING = 1e-9


def best_precision(curve: Curve, recall: float) -> Floats:
    """[r] the largest precision over thresholds whose recall is at least `recall`."""
    flagged = curve.flagged
    enough = curve.true_positives >= recall * curve.positives - ROUNDING
    precision = curve.true_positives / (flagged + (flagged == 0))
    return np.where(curve.positives > 0, (precision * enough).max(axis=0), np.nan)


def _values(sample: Sample, measure: Measure) -> Floats:
    level = measure.level if measure.level is not None else np.nan
    return over_classes(sample, measure, lambda t: best_precision(sample.curve(t), level))


METRIC = Metric(
    name="precision",
    at="recall",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    definition="the largest precision over thresholds whose recall is at least the one given",
    source="Eban et al. 2017, Scalable Learning of Non-Decomposable Objectives, AISTATS",
)
