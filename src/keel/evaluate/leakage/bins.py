"""One column as a model: bins, and the label's mean in each, predicted across folds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.evaluate.leakage.target import Floats, Integers, Target

BINS = 64
FEWEST_BINS = 8
ROWS_PER_BIN = 40
"""How many quantile bins a small table gets."""
PRIOR_ROWS = 3.0
"""How many rows at the overall mean each bin starts with, so that a rare value cannot shout."""

Codes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class OneColumn:
    """What one column says about the label on its own, across folds.

    codes: [n] bins. table: [folds, BINS, k] predictions for a fold's rows, learned from the other
    folds. score: in the target's measure. distinct: how many values the column has.
    """

    codes: Codes
    table: Floats
    score: float
    distinct: int

    def predict(self, fold: Integers) -> Floats:
        """[n, k] predictions of each row from the folds it is not in."""
        return self.table[fold, self.codes]


def read_codes(values: Floats, *, category: bool) -> tuple[Codes, int]:
    """[n] bins of a column and its number of distinct values. Missing (NaN) is bin 0.

    A column of few values has one bin each; many numbers are cut at quantiles; of many categories
    the rare ones share the last bin.
    """
    present = ~np.isnan(values)
    known = values[present]
    codes = np.zeros(len(values), dtype=np.uint8)
    if not len(known):
        return codes, 0
    ordered = np.sort(known)
    first = np.empty(len(ordered), dtype=np.bool_)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    distinct = ordered[first]
    if len(distinct) < BINS:
        codes[present] = np.searchsorted(distinct, known) + 1
    elif category:
        counts = np.diff(np.append(np.flatnonzero(first), len(ordered)))
        place = np.empty(len(distinct), dtype=np.uint8)
        place[np.argsort(-counts, kind="stable")] = np.minimum(
            np.arange(1, len(distinct) + 1), BINS - 1
        )
        codes[present] = place[np.searchsorted(distinct, known)]
    else:
        count = min(BINS - 1, max(FEWEST_BINS, len(known) // ROWS_PER_BIN))
        edges = np.unique(ordered[np.linspace(0, len(ordered) - 1, count).astype(np.int64)[1:]])
        codes[present] = np.searchsorted(edges, known) + 1
        codes = np.minimum(codes, BINS - 1).astype(np.uint8)
    return codes, len(distinct)


def one_column(codes: Codes, distinct: int, fold: Integers, target: Target) -> OneColumn:
    """The model that `codes` make of the label."""
    folds = int(fold.max()) + 1
    cell = fold * BINS + codes
    counts = np.bincount(cell, minlength=folds * BINS).reshape(folds, BINS)
    k = target.classes or 1
    flat = np.bincount(
        cell * k + target.codes,
        weights=None if target.classes else target.ranks,
        minlength=folds * BINS * k,
    )
    sums: Floats = flat.reshape(folds, BINS, k).astype(np.float64)
    other_counts = (counts.sum(axis=0) - counts)[:, :, None]
    other_sums = sums.sum(axis=0) - sums
    mean = other_sums.sum(axis=1) / np.maximum(other_counts.sum(axis=1), 1)
    table = (other_sums + PRIOR_ROWS * mean[:, None, :]) / (other_counts + PRIOR_ROWS)
    if target.classes:
        score = _mean_area(table.reshape(-1, k), sums.reshape(-1, k))
    else:
        missed = table[:, :, 0] ** 2 * counts - 2 * table[:, :, 0] * sums[:, :, 0]
        score = -float(missed.sum()) / len(target)
    return OneColumn(codes, table, score, distinct)


def _mean_area(table: Floats, sums: Floats) -> float:
    """ROC AUC, averaged over classes, of predictions given per cell with its class counts."""
    totals = sums.sum(axis=1)
    filled = totals > 0
    table, sums, totals = table[filled], sums[filled], totals[filled]
    areas: list[float] = []
    for code in [1] if table.shape[1] == 2 else range(table.shape[1]):
        hits = sums[:, code]
        misses = totals - hits
        if not hits.sum() or not misses.sum():
            continue
        levels, cell = np.unique(table[:, code], return_inverse=True)
        hit = np.bincount(cell, weights=hits, minlength=len(levels))
        miss = np.bincount(cell, weights=misses, minlength=len(levels))
        below = np.cumsum(miss) - miss / 2
        areas.append(float((hit * below).sum() / (hit.sum() * miss.sum())))
    return float(np.mean(areas)) if areas else float("nan")
