"""Figures of the known values of windows, all rows at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.features.figure import Figure
from keel.spec.aggregate import MOST_DISTINCT

Codes = NDArray[np.int64]
Values = NDArray[Any]
Exact = np.longdouble


@dataclass(frozen=True, eq=False)
class Taken:
    """The known values of the windows of q rows, row after row, the oldest first.

    values: [m] Float64 or objects that are texts. time: [m] when. size: [q]. now: [q] the time of
    the rows.
    """

    values: Values
    time: Codes
    size: Codes
    now: Codes

    @property
    def some(self) -> Codes:
        """The rows that have values."""
        return np.flatnonzero(self.size)

    @property
    def ends(self) -> Codes:
        """[q] where the values of each row end."""
        return np.cumsum(self.size)

    @property
    def begins(self) -> Codes:
        """[rows that have values] where theirs begin."""
        return (self.ends - self.size)[self.some]


def find_columns(figure: Figure, taken: Taken) -> list[Values]:
    """[q] values of each of the figure's columns; NaN or None where there is none."""
    return _FIND[figure.name](figure, taken)


def _count(_figure: Figure, taken: Taken) -> list[Values]:
    return [taken.size.astype(np.float64)]


def _sum(_figure: Figure, taken: Taken) -> list[Values]:
    return [_filled(taken, _totals(taken))]


def _mean(_figure: Figure, taken: Taken) -> list[Values]:
    return [_filled(taken, _totals(taken) / taken.size[taken.some])]


def _var(_figure: Figure, taken: Taken) -> list[Values]:
    # Squares are of what is left beyond a centre near the mean: of large numbers as such they
    # would lose the digits by which these differ.
    count = taken.size[taken.some]
    if not len(count):
        return [_filled(taken, np.empty(0))]
    centre = (_totals(taken) / count).astype(np.float64)
    away = (taken.values - np.repeat(centre, count)).astype(Exact)
    first = np.add.reduceat(away, taken.begins)
    second = np.add.reduceat(away * away, taken.begins)
    spread = np.maximum(second - first * first / count, 0)
    return [_filled(taken, np.where(count > 1, spread / np.maximum(count - 1, 1), np.nan))]


def _std(figure: Figure, taken: Taken) -> list[Values]:
    [variance] = _var(figure, taken)
    return [np.sqrt(variance)]


def _min(_figure: Figure, taken: Taken) -> list[Values]:
    return [_filled(taken, _reduced(np.minimum, taken))]


def _max(_figure: Figure, taken: Taken) -> list[Values]:
    return [_filled(taken, _reduced(np.maximum, taken))]


def _first(_figure: Figure, taken: Taken) -> list[Values]:
    return [_filled(taken, taken.values[taken.begins])]


def _last_n(figure: Figure, taken: Taken) -> list[Values]:
    columns = []
    for back in range(len(figure.columns)):
        found = np.full(len(taken.size), _nothing(taken), taken.values.dtype)
        there = np.flatnonzero(taken.size > back)
        found[there] = taken.values[taken.ends[there] - 1 - back]
        columns.append(found)
    return columns


def _since_last(_figure: Figure, taken: Taken) -> list[Values]:
    found = np.full(len(taken.size), np.nan)
    some = taken.some
    found[some] = (taken.now[some] - taken.time[taken.ends[some] - 1]) / 1e6
    return [found]


def _distinct_count(figure: Figure, taken: Taken) -> list[Values]:
    distinct = _distinct(taken)
    count = np.bincount(distinct.row, minlength=len(taken.size)).astype(np.float64)
    return [np.minimum(count, figure.parameter or np.inf)]


def _top_k(figure: Figure, taken: Taken) -> list[Values]:
    distinct = _distinct(taken)
    order = np.lexsort((distinct.code, -distinct.count, distinct.row))
    size = np.bincount(distinct.row, minlength=len(taken.size))
    begins = np.cumsum(size) - size
    columns = []
    for rank in range(len(figure.columns)):
        found = np.full(len(taken.size), _nothing(taken), taken.values.dtype)
        there = np.flatnonzero((size > rank) & (size <= MOST_DISTINCT))
        found[there] = distinct.values[distinct.code[order[begins[there] + rank]]]
        columns.append(found)
    return columns


@dataclass(frozen=True, eq=False)
class _Distinct:
    """values: of all rows, ascending. row, code, count: how often a row has the value `code`."""

    values: Values
    row: Codes
    code: Codes
    count: Codes


def _distinct(taken: Taken) -> _Distinct:
    values, code = np.unique(taken.values, return_inverse=True)
    row = np.repeat(np.arange(len(taken.size)), taken.size)
    pair, count = np.unique(row * max(len(values), 1) + code, return_counts=True)
    return _Distinct(values, *np.divmod(pair, max(len(values), 1)), count)


def _totals(taken: Taken) -> NDArray[np.longdouble]:
    """[rows that have values]"""
    if not len(taken.values):
        return np.empty(0, Exact)
    return np.add.reduceat(taken.values.astype(Exact), taken.begins)


def _reduced(of: np.ufunc, taken: Taken) -> Values:
    if not len(taken.values):
        return taken.values
    least: Values = of.reduceat(taken.values, taken.begins)
    return least


def _filled(taken: Taken, found: Values) -> Values:
    dtype = object if found.dtype == object else np.float64
    filled = np.full(len(taken.size), _nothing(taken), dtype)
    filled[taken.some] = found
    return filled


def _nothing(taken: Taken) -> float | None:
    return None if taken.values.dtype == object else np.nan


_FIND: dict[str, Callable[[Figure, Taken], list[Values]]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "min": _min,
    "max": _max,
    "std": _std,
    "var": _var,
    "first": _first,
    "last": _last_n,
    "last_n": _last_n,
    "since_last": _since_last,
    "distinct_count": _distinct_count,
    "top_k": _top_k,
}
