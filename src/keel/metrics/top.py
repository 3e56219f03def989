"""The k highest scores: how many positives are among them, over all cases or day by day."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.prepared import score_of
from keel.metrics.sample import Curve


def top(curve: Curve, level: float) -> tuple[Floats, Floats]:
    """[r] positives among the top k, and [r] the number of cases there.

    `level` is k, or a share of the cases if below 1. Of cases with one score that straddle the
    border a share is counted: what breaking ties at random gives on average.
    """
    size = curve.positives + curve.negatives
    k = np.minimum(level * size if level < 1 else np.full_like(size, level), size)
    border = np.minimum((curve.flagged < k).sum(axis=0), len(curve.score) - 1)
    column = np.arange(len(k))
    positive = curve.positive[border, column]
    here = positive + curve.negative[border, column]
    before = curve.flagged[border, column] - here
    share = np.where(here > 0, (k - before) / np.maximum(here, 1.0), 0.0)
    return curve.true_positives[border, column] - positive + positive * share, k


def day_of(evidence: Evidence) -> Integers:
    """[n] codes of the days that cases fell on."""
    if evidence.time is None:
        raise ValueError("a figure per day needs evidence with a time")
    day = evidence.time.astype("datetime64[D]").astype(np.int64)
    if len(day) == 0:
        return day
    held = np.bincount(day - day.min()) > 0
    codes: Integers = (np.cumsum(held) - 1)[day - day.min()]
    return codes


def daily_share(evidence: Evidence, target: int, k: float) -> Floats:
    """[n] how much of each case is among its day's top k: 1, 0, or a share where scores tie."""
    day = day_of(evidence)
    score = score_of(evidence, target)
    order = np.argsort(-score, kind="stable")
    # Sorting small integers is much faster than sorting two keys at once.
    small = day.astype(np.int16) if day.max(initial=0) < 2**15 else day
    order = order[np.argsort(small[order], kind="stable")]
    day, score = day[order], score[order]
    first_of_day = np.searchsorted(day, day)
    new = np.ones(len(day), dtype=bool)
    new[1:] = (day[1:] != day[:-1]) | (score[1:] != score[:-1])
    tie = np.cumsum(new) - 1
    before = np.flatnonzero(new)[tie] - first_of_day
    size = np.bincount(tie)[tie]
    limit = k * np.bincount(day)[day] if k < 1 else k
    share = np.empty(len(day))
    share[order] = np.clip((limit - before) / size, 0.0, 1.0)
    return share


def daily_precision(evidence: Evidence, target: int, k: float) -> Floats:
    """[n] parts of each day's precision among its top k: they add up to it."""
    day = day_of(evidence)
    share = daily_share(evidence, target, k)
    parts: Floats = share * (evidence.label == target) / np.bincount(day, share)[day]
    return parts


def daily_part(evidence: Evidence) -> Floats:
    """[n] parts of one day: they add up to 1 for each day."""
    day = day_of(evidence)
    return 1.0 / np.bincount(day)[day]


def daily_found(evidence: Evidence, target: int, k: float) -> Floats:
    """[n] how much of each positive case is among its day's top k."""
    found: Floats = daily_share(evidence, target, k) * (evidence.label == target)
    return found


def is_class(evidence: Evidence, target: int) -> Floats:
    """[n] 1 for cases of the class."""
    is_one: Floats = (evidence.label == target).astype(np.float64)
    return is_one
