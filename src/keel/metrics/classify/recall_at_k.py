"""Recall among the k highest scores, over all cases or day by day."""

import numpy as np

from keel.metrics.classes import over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Sample
from keel.metrics.top import daily_found, is_class, top
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    level = measure.level if measure.level is not None else np.nan

    def of_class(target: int) -> Floats:
        if measure.per_day:
            return ratio(sample.sum(daily_found, target, level), sample.sum(is_class, target))
        curve = sample.curve(target)
        return ratio(top(curve, level)[0], curve.positives)

    return over_classes(sample, measure, of_class)


METRIC = Metric(
    name="recall",
    at="k",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    per_day=True,
    definition=(
        "share of all positives that are among the k highest scores (a share of the cases if k "
        "is below 1); per day: among the k highest of their day, whole days being resampled"
    ),
    source="Manning, Raghavan and Schuetze 2008, Introduction to Information Retrieval, 8.4",
)
