"""Both tails of each column's training distribution, made into step functions."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from keel.train.matrix import Float32
from keel.train.models.step_scores import Steps

Float64 = NDArray[np.float64]
Score = Callable[[Float64, Float64, float], Float64]

MOST_KNOTS = 100_000
"""Of all columns together: what bounds the size of the artifact."""

LEAST_KNOTS = 100


def column_tails(dense: Float32, score: Score) -> tuple[Steps, ...]:
    """One function per column of [n, d] fitting rows.

    score: from minus the logarithms of the shares of values not above and of those not below, and
    the sign of the skewness, to what a value scores. A value counts as one more than the fitting
    rows, so that one beyond all of them is as rare as one in n + 1. Of a column with many distinct
    values the outer ones keep a step each; those in the middle share.
    """
    most = max(LEAST_KNOTS, MOST_KNOTS // max(1, dense.shape[1]))
    return tuple(_steps(column, score, most) for column in dense.T)


def _steps(column: Float32, score: Score, most: int) -> Steps:
    knots, counts = np.unique(column, return_counts=True)
    rows, upto = len(column), np.cumsum(counts)
    # Cells in turn: below the first knot, at it, between it and the next, ...
    not_above, not_below, weight = (np.zeros(2 * len(knots) + 1) for _ in range(3))
    not_above[1::2], not_above[2::2] = upto, upto
    not_below[0], not_below[1::2], not_below[2::2] = rows, rows - upto + counts, rows - upto
    weight[1::2] = counts
    left = -np.log((not_above + 1) / (rows + 1))
    right = -np.log((not_below + 1) / (rows + 1))
    values = score(left, right, _skew_sign(column))
    cuts = np.empty(2 * len(knots), dtype=np.float32)
    with np.errstate(over="ignore"):
        below = np.nextafter(knots, np.float32(-np.inf))
    cuts[0::2], cuts[1::2] = np.maximum(below, np.finfo(np.float32).min), knots
    return _thinned(cuts, values, weight + 1e-9, 2 * most)


def _thinned(cuts: Float32, values: Float64, weight: Float64, most: int) -> Steps:
    """At most about `most` cuts: a quarter of them at either end, the rest by equal weight."""
    if len(cuts) > most:
        end = most // 4
        share = np.cumsum(weight)[:-1] / weight.sum()
        middle = np.searchsorted(share, np.linspace(share[end], share[-end - 1], most // 2))
        ends = (np.arange(end), np.arange(len(cuts) - end, len(cuts)))
        kept = np.unique(np.concatenate([*ends, middle]))
        cell = np.searchsorted(kept, np.arange(len(values)), side="left")
        values = np.bincount(cell, weight * values) / np.bincount(cell, weight)
        cuts = cuts[kept]
    return Steps(cuts, values.astype(np.float32))


def _skew_sign(column: Float32) -> float:
    centred = column.astype(np.float64) - column.mean(dtype=np.float64)
    return float(np.sign(np.mean(centred**3))) if column.max() > column.min() else 0.0
