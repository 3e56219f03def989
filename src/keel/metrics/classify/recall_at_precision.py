"""Recall at a precision: how much is found while the flags stay that clean."""

import numpy as np

from keel.metrics.classes import over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Curve, Sample
from keel.spec.promise import Measure

ROUNDING = 1e-9


def best_recall(curve: Curve, precision: float) -> Floats:
    """[r] the largest recall over thresholds whose precision is at least `precision`, else 0."""
    flagged = curve.flagged
    clean = curve.true_positives >= precision * flagged - ROUNDING
    return ratio((curve.true_positives * clean).max(axis=0, initial=0.0), curve.positives)


def _values(sample: Sample, measure: Measure) -> Floats:
    level = measure.level if measure.level is not None else np.nan
    return over_classes(sample, measure, lambda t: best_recall(sample.curve(t), level))


METRIC = Metric(
    name="recall",
    at="precision",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    definition="the largest recall over thresholds whose precision is at least the one given",
    source="Eban et al. 2017, Scalable Learning of Non-Decomposable Objectives, AISTATS",
)
