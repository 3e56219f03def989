"""Lift among the k highest scores: how many times richer in positives than all cases."""

import numpy as np

from keel.metrics.classes import over_classes, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Sample
from keel.metrics.top import top
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    level = measure.level if measure.level is not None else np.nan

    def of_class(target: int) -> Floats:
        curve = sample.curve(target)
        base = ratio(curve.positives, curve.positives + curve.negatives)
        return ratio(ratio(*top(curve, level)), base)

    return over_classes(sample, measure, of_class)


METRIC = Metric(
    name="lift",
    at="k",
    tasks=DECIDE,
    better="higher",
    values=_values,
    highest=float("inf"),
    definition=(
        "precision among the k highest scores (a share of the cases if k is below 1) divided by "
        "the share of positives"
    ),
    source="Berry and Linoff 2004, Data Mining Techniques, 2nd edition, chapter 4",
)
