"""Figures of the known values of windows, all rows at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.features.figure import Figure
from keel.features.online.exact_sum import sum_runs
from keel.features.online.layout import BUCKETS, DISTINCT, REGISTERS
from keel.features.online.parts import ERROR, GREATEST, LEAST, moments
from keel.features.online.read import Read, Whole
from keel.features.online.sketch import together
from keel.features.sketches.ddsketch import quantile_place, value_of
from keel.features.sketches.hyperloglog import REGISTERS as REGISTER_COUNT
from keel.features.sketches.hyperloglog import estimate_from
from keel.spec.aggregate import MOST_DISTINCT

Codes = NDArray[np.int64]
Values = NDArray[Any]

DENSE = 8
"""Cells of a table of all rows and keys for each entry of it, up to which it is quicker than to
sort the entries."""

FEW_RUNS = 32
"""Of entries that lie side by side: up to so many are quicker to count one after the other."""


@dataclass(frozen=True, eq=False)
class Tally:
    """How often each row has each key; of registers, with which rank. keys: of all rows, ascending.
    row, code, count: by row, and of each row the keys it has, ascending, as places in `keys`."""

    keys: Values
    row: Codes
    code: Codes
    count: Codes


@dataclass(frozen=True, eq=False)
class Taken:
    """The known values of the windows of q rows, row after row, the oldest first.

    index: [m] which ones of those that were read. size: [q]. now: [q] the time of the rows.
    """

    read: Read
    index: Codes
    size: Codes
    now: Codes
    _tallies: dict[int, Tally] = field(default_factory=dict)

    @cached_property
    def values(self) -> Values:
        """[m] Float64 or objects that are texts."""
        values: Values = self.read.values[self.index]
        return values

    @property
    def whole(self) -> Whole | None:
        """Where some of the m are several values taken together, what there is of each that was
        read."""
        return self.read.whole

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """[m, NUMBERS] of parts."""
        whole = self.read.whole
        return np.empty((0, 0)) if whole is None else whole.numbers[self.index]

    @cached_property
    def count(self) -> Codes:
        """[rows that have values] how many."""
        if self.whole is None or not len(self.values):
            return self.size[self.some]
        counted: Codes = np.add.reduceat(self.whole.count[self.index], self.begins)
        return counted

    @cached_property
    def some(self) -> Codes:
        """The rows that have values."""
        return self.size.nonzero()[0]

    @cached_property
    def ends(self) -> Codes:
        """[q] where the values of each row end."""
        return self.size.cumsum()

    @cached_property
    def begins(self) -> Codes:
        """[rows that have values] where theirs begin."""
        return (self.ends - self.size)[self.some]

    def tally(self, which: int) -> Tally:
        """How often each row has each value, or what stands for it."""
        if which not in self._tallies:
            self._tallies[which] = _tally(self, which)
        return self._tallies[which]

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """[rows that have values] their sums."""
        if not len(self.values):
            return np.empty(0)
        total, lost = sum_runs(self.values, self.begins)
        if self.whole is not None:
            lost = lost + np.add.reduceat(self.numbers[:, ERROR], self.begins)
        return total + lost


def find_columns(figure: Figure, taken: Taken) -> list[Values]:
    """[q] values of each of the figure's columns; NaN or None where there is none."""
    return _FIND[figure.name](figure, taken)


def _count(_figure: Figure, taken: Taken) -> list[Values]:
    found = np.zeros(len(taken.size))
    found[taken.some] = taken.count
    return [found]


def _sum(_figure: Figure, taken: Taken) -> list[Values]:
    return [_filled(taken, taken.totals)]


def _mean(_figure: Figure, taken: Taken) -> list[Values]:
    return [_filled(taken, taken.totals / taken.count)]


def _var(_figure: Figure, taken: Taken) -> list[Values]:
    # Squares are of what is left beyond a centre near the mean: of large numbers as such they
    # would lose the digits by which these differ.
    count = taken.count
    if not len(count):
        return [_filled(taken, np.empty(0))]
    centre = np.repeat(taken.totals / count, taken.size[taken.some])
    away: Values
    square: Values
    if taken.whole is None:
        away = taken.values - centre
        square = away * away
    else:
        away, square = moments(taken.numbers, taken.whole.count[taken.index], centre)
    first = np.add.reduceat(away, taken.begins)
    second = np.add.reduceat(square, taken.begins)
    spread = np.maximum(second - first * first / count, 0)
    return [_filled(taken, np.where(count > 1, spread / np.maximum(count - 1, 1), np.nan))]


def _std(figure: Figure, taken: Taken) -> list[Values]:
    [variance] = _var(figure, taken)
    return [np.sqrt(variance)]


def _min(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.values if taken.whole is None else taken.numbers[:, LEAST]
    return [_filled(taken, _reduced(np.minimum, values, taken))]


def _max(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.values if taken.whole is None else taken.numbers[:, GREATEST]
    return [_filled(taken, _reduced(np.maximum, values, taken))]


def _first(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.read.values if taken.whole is None else taken.whole.first
    return [_filled(taken, values[taken.index[taken.begins]])]


def _last(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.read.values if taken.whole is None else taken.whole.last
    return [_filled(taken, values[taken.index[taken.ends[taken.some] - 1]])]


def _last_n(figure: Figure, taken: Taken) -> list[Values]:
    columns = []
    for back in range(len(figure.columns)):
        found = np.full(len(taken.size), _nothing(taken), taken.read.values.dtype)
        there = np.flatnonzero(taken.size > back)
        found[there] = taken.read.values[taken.index[taken.ends[there] - 1 - back]]
        columns.append(found)
    return columns


def _since_last(_figure: Figure, taken: Taken) -> list[Values]:
    found = np.full(len(taken.size), np.nan)
    some = taken.some
    found[some] = (taken.now[some] - taken.read.time[taken.index[taken.ends[some] - 1]]) / 1e6
    return [found]


def _distinct_count(figure: Figure, taken: Taken) -> list[Values]:
    count = np.bincount(taken.tally(DISTINCT).row, minlength=len(taken.size)).astype(np.float64)
    return [np.minimum(count, figure.parameter or np.inf)]


def _top_k(figure: Figure, taken: Taken) -> list[Values]:
    tally = taken.tally(DISTINCT)
    most = int(tally.count.max(initial=0))
    # By row, the most frequent first, of those equally frequent the least.
    order = np.argsort(tally.row * (most + 1) + most - tally.count, kind="stable")
    size = np.bincount(tally.row, minlength=len(taken.size))
    begins = np.cumsum(size) - size
    columns = []
    for rank in range(len(figure.columns)):
        found = np.full(len(taken.size), _nothing(taken), taken.read.values.dtype)
        there = np.flatnonzero((size > rank) & (size <= MOST_DISTINCT))
        found[there] = tally.keys[tally.code[order[begins[there] + rank]]]
        columns.append(found)
    return columns


def _approx_distinct_count(_figure: Figure, taken: Taken) -> list[Values]:
    tally = taken.tally(REGISTERS)
    used = np.bincount(tally.row, minlength=len(taken.size))
    powers = np.bincount(tally.row, np.ldexp(1.0, -tally.count), len(taken.size))
    empty = REGISTER_COUNT - used
    return [estimate_from(empty, (powers + empty).astype(np.float64))]


def _quantile(figure: Figure, taken: Taken) -> list[Values]:
    tally = taken.tally(BUCKETS)
    # How many values of all rows there are up to each bucket; a row's begin where the one before
    # ended.
    passed = tally.count.cumsum()
    share = figure.parameter or 0.0
    place = [quantile_place(share, int(known)) for known in taken.count]
    before = np.cumsum(taken.count) - taken.count
    found = np.searchsorted(passed, before + np.array(place, np.int64), side="right")
    return [_filled(taken, value_of(tally.keys[tally.code[found]]))]


def _tally(taken: Taken, which: int) -> Tally:
    counted = taken.read.counted(which)
    begin, size = counted.begin[taken.index], counted.size[taken.index]
    row = np.repeat(np.arange(len(taken.size)), taken.size)
    keys = max(len(counted.keys), 1)
    # Entries of neighbours mostly lie side by side.
    first = np.append(True, (row[1:] != row[:-1]) | (begin[1:] != (begin + size)[:-1]))
    runs = np.flatnonzero(first[: len(row)])
    if len(runs) <= FEW_RUNS:
        table = np.zeros((len(taken.size), keys), np.int64)
        last = np.append(runs[1:], len(row))[: len(runs)] - 1
        for start, end in zip(runs.tolist(), last.tolist(), strict=True):
            at = slice(begin[start], begin[end] + size[end])
            held = together(which, counted.code[at], counted.weight[at], keys)
            joined = table[row[start]]
            joined[:] = np.maximum(joined, held) if which == REGISTERS else joined + held
        rows, code = np.nonzero(table)
        return Tally(counted.keys, rows, code, table[rows, code])
    row = np.repeat(row, size)
    entry = np.arange(len(row)) + np.repeat(begin - size.cumsum() + size, size)
    place, weight = row * keys + counted.code[entry], counted.weight[entry]
    cells = len(taken.size) * keys
    if cells <= DENSE * len(place):
        table = together(which, place, weight, cells)
        pair = np.flatnonzero(table)
        count = table[pair]
    else:
        pair, where = np.unique(place, return_inverse=True)
        count = together(which, where, weight, len(pair))
    return Tally(counted.keys, *np.divmod(pair, keys), count.astype(np.int64))


def _reduced(of: np.ufunc, values: Values, taken: Taken) -> Values:
    if not len(values):
        return values
    least: Values = of.reduceat(values, taken.begins)
    return least


def _filled(taken: Taken, found: Values) -> Values:
    dtype = object if found.dtype == object else np.float64
    if len(found) == len(taken.size):
        return found.astype(dtype)
    filled = np.full(len(taken.size), _nothing(taken), dtype)
    filled[taken.some] = found
    return filled


def _nothing(taken: Taken) -> float | None:
    return None if taken.read.values.dtype == object else np.nan


_FIND: dict[str, Callable[[Figure, Taken], list[Values]]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "min": _min,
    "max": _max,
    "std": _std,
    "var": _var,
    "first": _first,
    "last": _last,
    "last_n": _last_n,
    "since_last": _since_last,
    "distinct_count": _distinct_count,
    "approx_distinct_count": _approx_distinct_count,
    "quantile": _quantile,
    "top_k": _top_k,
}
