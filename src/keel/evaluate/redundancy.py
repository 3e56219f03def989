"""Columns that say nearly the same as one another."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_COLUMNS = 1000
MAX_LEVELS = 50
MAX_LEVELLED = 150


def redundant_groups(frame: pl.DataFrame, beyond: float = 0.9) -> tuple[tuple[str, ...], ...]:
    """The columns of `frame` in groups, each column in one, in the order of first appearance.

    Two columns share a group when they are related beyond `beyond`, directly or through others:
    by Spearman's correlation of rows where both are known (numbers, booleans, times), or by
    Cramér's V (both with at most 50 different values). Only the first 1,000 columns are compared,
    and of those with few values the first 150.
    """
    names = frame.columns[:MAX_COLUMNS]
    related = _rank_correlated(frame, names, beyond) + _same_levels(frame, names, beyond)
    leader = {name: name for name in frame.columns}

    def root(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    order = {name: place for place, name in enumerate(frame.columns)}
    for left, right in related:
        first, second = sorted((root(left), root(right)), key=order.__getitem__)
        leader[second] = first
    groups: dict[str, list[str]] = {}
    for name in frame.columns:
        groups.setdefault(root(name), []).append(name)
    return tuple(tuple(group) for group in groups.values())


def _rank_correlated(frame: pl.DataFrame, names: list[str], beyond: float) -> list[tuple[str, str]]:
    ordered = [n for n in names if not isinstance(frame.schema[n], pl.String)]
    if len(ordered) < 2 or frame.height < 10:
        return []
    ranks = np.column_stack([_ranks(frame[name]) for name in ordered])
    known = np.isfinite(ranks)
    filled = np.where(known, ranks, 0.0)
    count = known.T.astype(np.float64) @ known
    mean_left = filled.T @ known / np.maximum(count, 1)
    square_left = (filled**2).T @ known / np.maximum(count, 1) - mean_left**2
    product = filled.T @ filled / np.maximum(count, 1) - mean_left * mean_left.T
    spread = np.sqrt(np.maximum(square_left * square_left.T, 0.0))
    rho = np.where((spread > 0) & (count >= 10), product / np.where(spread > 0, spread, 1), 0.0)
    pairs = np.argwhere(np.triu(np.abs(rho) > beyond, k=1))
    return [(ordered[i], ordered[j]) for i, j in pairs]


def _ranks(column: pl.Series) -> Floats:
    physical = column.to_physical().cast(pl.Float64)
    return physical.rank("average").cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _same_levels(frame: pl.DataFrame, names: list[str], beyond: float) -> list[tuple[str, str]]:
    few = [n for n in names if 2 <= frame[n].n_unique() <= min(MAX_LEVELS, frame.height // 5)]
    few = few[:MAX_LEVELLED]
    codes = {
        name: frame[name].rank("dense").fill_null(0).to_numpy().astype(np.int64) for name in few
    }
    return [
        (left, right)
        for place, left in enumerate(few)
        for right in few[place + 1 :]
        if _cramers_v(codes[left], codes[right]) > beyond
    ]


def _cramers_v(left: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    """Source: Cramér (1946), Mathematical Methods of Statistics, 21.4, without correction."""
    width = int(right.max()) + 1
    table = np.bincount(left * width + right, minlength=(int(left.max()) + 1) * width)
    table = table.reshape(-1, width).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    smaller = min(table.shape) - 1
    if smaller < 1:
        return 0.0
    total = table.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / (total * smaller)))
