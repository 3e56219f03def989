"""Precision among the k highest scores, over all cases or day by day."""

import numpy as np

from keel.metrics.alerted_units import alerted_units
from keel.metrics.classes import over_classes, ratio
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Sample
from keel.metrics.top import daily_part, daily_precision, top
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    level = measure.level if measure.level is not None else np.nan

    def of_class(target: int) -> Floats:
        if measure.of is not None:
            found = sample.sum(alerted_units, target, level, measure.of)
            return ratio(found, sample.sum(daily_part))
        if measure.per_day:
            return ratio(sample.sum(daily_precision, target, level), sample.sum(daily_part))
        return ratio(*top(sample.curve(target), level))

    return over_classes(sample, measure, of_class)


def _size(evidence: Evidence, measure: Measure) -> int:
    level = measure.level or 0.0
    return int(min(level * len(evidence) if level < 1 else level, len(evidence)))


METRIC = Metric(
    name="precision",
    at="k",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=_size,
    per_day=True,
    counts_units=True,
    labels="flagged",
    definition=(
        "share of positives among the k highest scores (a share of the cases if k is below 1); "
        "per day: the mean over days, whole days being resampled; `per day of card`: share of "
        "cards with a positive among the k with the highest scores, found ones not asked again"
    ),
    source="Le Borgne et al. 2022, Fraud Detection Handbook, chapter 4.5, precision top-k",
)
