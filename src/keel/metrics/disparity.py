"""Differences between groups in how decisions fall."""

from collections.abc import Callable

import numpy as np

from keel.metrics.classes import ratio, target_class
from keel.metrics.evidence import Floats
from keel.metrics.sample import Counts, Sample
from keel.spec.promise import Measure

Rate = Callable[[Counts], Floats]


def selection_rate(counts: Counts) -> Floats:
    """Share of the group that is flagged."""
    return ratio(counts.predicted, counts.total)


def true_positive_rate(counts: Counts) -> Floats:
    """Share of the group's positives that are flagged."""
    return ratio(counts.hit, counts.actual)


def false_positive_rate(counts: Counts) -> Floats:
    """Share of the group's negatives that are flagged."""
    return ratio(counts.false_alarms, counts.total - counts.actual)


def extremes(sample: Sample, measure: Measure, rate: Rate) -> tuple[Floats, Floats]:
    """[k, r] lowest and highest rate over groups for each of k classes asked about.

    NaN where fewer than two groups have one.
    """
    by = measure.by
    if by is None:
        raise ValueError(f"{measure} compares groups: write `{measure} by COLUMN`")
    target = target_class(sample.evidence, measure)
    targets = range(sample.classes) if target is None else (target,)
    lows, highs = [], []
    for code in targets:
        groups = [rate(counts) for counts in sample.group_counts(code, by)]
        if len(groups) < 2:
            nothing = np.full_like(sample.size(), np.nan)
            lows.append(nothing)
            highs.append(nothing)
            continue
        rates = np.stack(groups)
        exists = ~np.isnan(rates)
        enough = np.where(exists.sum(axis=0) >= 2, 0.0, np.nan)
        lows.append(np.where(exists, rates, np.inf).min(axis=0) + enough)
        highs.append(np.where(exists, rates, -np.inf).max(axis=0) + enough)
    return np.stack(lows), np.stack(highs)


def largest_gap(sample: Sample, measure: Measure, *rates: Rate) -> Floats:
    """[r] the largest difference between groups, over these rates and the classes asked about."""
    gaps = []
    for rate in rates:
        low, high = extremes(sample, measure, rate)
        gaps.append((high - low).max(axis=0))
    largest: Floats = np.max(gaps, axis=0)
    return largest
