"""Figures of the known values of windows, all rows at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.features.figure import Figure
from keel.features.online.layout import BUCKETS, DISTINCT, REGISTERS
from keel.features.online.parts import ERROR, GREATEST, LEAST, moments
from keel.features.online.sketch import code_values, key_values
from keel.features.sketches.ddsketch import quantile_place, value_of
from keel.features.sketches.hyperloglog import REGISTERS as REGISTER_COUNT
from keel.features.sketches.hyperloglog import estimate_from
from keel.spec.aggregate import MOST_DISTINCT

Codes = NDArray[np.int64]
Values = NDArray[Any]
Exact = np.longdouble


@dataclass(frozen=True, eq=False)
class Whole:
    """What is known of values that are taken together. count: [m]. numbers: [m, NUMBERS], as in
    Parts, where they are numbers. first, last: [m]. sketches: [m] how often values occur, None of
    what is one value; many: [m] where there are any. place: of the reading."""

    count: Codes
    numbers: NDArray[np.float64]
    first: Values
    last: Values
    sketches: Values
    many: NDArray[np.bool_]
    place: int


@dataclass(frozen=True, eq=False)
class Distinct:
    """values: of all rows, ascending. row, code, count: how often a row has the value `code`."""

    values: Values
    row: Codes
    code: Codes
    count: Codes


@dataclass(frozen=True, eq=False)
class Taken:
    """The known values of the windows of q rows, row after row, the oldest first.

    values: [m] Float64 or objects that are texts. time: [m] when. size: [q]. now: [q] the time of
    the rows. whole: where some of the m are several values taken together, what there is of each.
    """

    values: Values
    time: Codes
    size: Codes
    now: Codes
    whole: Whole | None = None

    @cached_property
    def count(self) -> Codes:
        """[rows that have values] how many."""
        if self.whole is None or not len(self.values):
            return self.size[self.some]
        counted: Codes = np.add.reduceat(self.whole.count, self.begins)
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

    @cached_property
    def distinct(self) -> Distinct:
        """How often each row has each value."""
        row, values, weights = _keyed(self, DISTINCT)
        values, code = code_values(values)
        pair, where = np.unique(row * max(len(values), 1) + code, return_inverse=True)
        count = np.bincount(where, weights, len(pair)).astype(np.int64)
        return Distinct(values, *np.divmod(pair, max(len(values), 1)), count)

    @cached_property
    def totals(self) -> NDArray[np.longdouble]:
        """[rows that have values] their sums."""
        if not len(self.values):
            return np.empty(0, Exact)
        values = self.values.astype(Exact)
        if self.whole is not None:
            values = values + self.whole.numbers[:, ERROR]
        found: NDArray[np.longdouble] = np.add.reduceat(values, self.begins)
        return found


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
    centre = np.repeat((taken.totals / count).astype(np.float64), taken.size[taken.some])
    away: Values
    square: Values
    if taken.whole is None:
        away = taken.values - centre
        square = away * away
    else:
        away, square = moments(taken.whole.numbers, taken.whole.count, centre.astype(Exact))
    first = np.add.reduceat(away, taken.begins)
    second = np.add.reduceat(square, taken.begins)
    spread = np.maximum(second - first * first / count, 0)
    return [_filled(taken, np.where(count > 1, spread / np.maximum(count - 1, 1), np.nan))]


def _std(figure: Figure, taken: Taken) -> list[Values]:
    [variance] = _var(figure, taken)
    return [np.sqrt(variance)]


def _min(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.values if taken.whole is None else taken.whole.numbers[:, LEAST]
    return [_filled(taken, _reduced(np.minimum, values, taken))]


def _max(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.values if taken.whole is None else taken.whole.numbers[:, GREATEST]
    return [_filled(taken, _reduced(np.maximum, values, taken))]


def _first(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.values if taken.whole is None else taken.whole.first
    return [_filled(taken, values[taken.begins])]


def _last(_figure: Figure, taken: Taken) -> list[Values]:
    values = taken.values if taken.whole is None else taken.whole.last
    return [_filled(taken, values[taken.ends[taken.some] - 1])]


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
    count = np.bincount(taken.distinct.row, minlength=len(taken.size)).astype(np.float64)
    return [np.minimum(count, figure.parameter or np.inf)]


def _top_k(figure: Figure, taken: Taken) -> list[Values]:
    distinct = taken.distinct
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


def _approx_distinct_count(_figure: Figure, taken: Taken) -> list[Values]:
    row, register, rank = _keyed(taken, REGISTERS)
    place = row * REGISTER_COUNT + register
    order = np.lexsort((rank, place))
    place = place[order]
    greatest = order[np.append(place[1:] != place[:-1], True)] if len(order) else order
    used = np.bincount(row[greatest], minlength=len(taken.size))
    powers = np.bincount(row[greatest], np.ldexp(1.0, -rank[greatest]), len(taken.size))
    empty = REGISTER_COUNT - used
    return [estimate_from(empty, (powers + empty).astype(np.float64))]


def _quantile(figure: Figure, taken: Taken) -> list[Values]:
    row, bucket, count = _keyed(taken, BUCKETS)
    order = np.lexsort((bucket, row))
    # How many values of all rows there are up to each bucket; a row's begin where the one before
    # ended.
    passed = count[order].cumsum()
    share = figure.parameter or 0.0
    place = [quantile_place(share, int(known)) for known in taken.count]
    before = np.cumsum(taken.count) - taken.count
    found = np.searchsorted(passed, before + np.array(place, np.int64), side="right")
    return [_filled(taken, value_of(bucket[order[found]]))]


def _keyed(taken: Taken, which: int) -> tuple[Codes, Values, Codes]:
    """Rows, keys and weights, in no order within a row."""
    row = np.repeat(np.arange(len(taken.size)), taken.size)
    if taken.whole is None:
        keyed = key_values(taken.values, which)
        return row, keyed.keys, keyed.weights
    sketches, many = taken.whole.sketches, taken.whole.many
    one = key_values(taken.values[~many], which)
    made = [each[which, taken.whole.place] for each in sketches[many]]
    row = np.append(row[~many], np.repeat(row[many], [len(keyed.keys) for keyed in made]))
    keys = np.concatenate([keyed.keys for keyed in (one, *made)])
    return row, keys, np.concatenate([keyed.weights for keyed in (one, *made)])


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
    "last": _last,
    "last_n": _last_n,
    "since_last": _since_last,
    "distinct_count": _distinct_count,
    "approx_distinct_count": _approx_distinct_count,
    "quantile": _quantile,
    "top_k": _top_k,
}
