"""What rows see of a reading: a window for each, and their own event."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from keel.features.figure import AS_OF, Figure
from keel.features.sketches.hyperloglog import MOST_RANK, REGISTERS, estimate_from
from keel.features.windows.course import Course
from keel.features.windows.distinct import Occurrences
from keel.features.windows.frequent import most_frequent
from keel.features.windows.sums import window_sum
from keel.features.windows.timeline import Codes, Floats, Micros, Spans, Truths
from keel.spec.aggregate import MOST_DISTINCT

NONE = -1
Found = NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Seen:
    """course: the known values. spans: [q] of them. asked: [q] the time of each row. own: [q] where
    in the course's reading the value of the row's own event stands, `NONE` where it does not count;
    None where none does."""

    course: Course
    spans: Spans
    asked: Micros
    own: Codes | None

    @cached_property
    def counted(self) -> Truths:
        """[q] whether an own value counts."""
        if self.own is None:
            return np.zeros(len(self.asked), dtype=np.bool_)
        counted: Truths = self.own != NONE
        return counted

    @cached_property
    def own_values(self) -> Floats:
        """[q] 0 where none counts."""
        if self.own is None:
            return np.zeros(len(self.asked))
        return np.where(self.counted, self.course.read.values[self.own], 0.0)

    @cached_property
    def size(self) -> Codes:
        """[q] how many known values, the own one among them."""
        return self.spans.size if self.own is None else self.spans.size + self.counted

    @cached_property
    def total(self) -> Floats:
        """[q] of the values."""
        own = None if self.own is None else self.own_values
        return window_sum(self.course.sums, self.spans, own)

    @cached_property
    def variance(self) -> Floats:
        """[q] of a sample, NaN below two values."""
        return self.course.spread.variance(self.spans, self.own_values, self.counted)


def find(figure: Figure, seen: Seen) -> Found:
    """[q] of a figure that is a number of its own, NaN for none; [q, columns] of one that is a
    value which it read, where in the reading that stands, `NONE` for none."""
    if figure.name in PLACED:
        return _PLACES[figure.name](figure, seen)
    return _VALUES[figure.name](figure, seen)


def _count(_figure: Figure, seen: Seen) -> Floats:
    return seen.size.astype(np.float64)


def _sum(_figure: Figure, seen: Seen) -> Floats:
    return np.where(seen.size > 0, seen.total, np.nan)


def _mean(_figure: Figure, seen: Seen) -> Floats:
    return np.where(seen.size > 0, seen.total / np.maximum(seen.size, 1), np.nan)


def _max(_figure: Figure, seen: Seen) -> Floats:
    found = seen.course.greatest.greatest(seen.spans)
    own = np.where(seen.counted, seen.own_values, np.nan)
    return found if seen.own is None else np.fmax(found, own)


def _min(_figure: Figure, seen: Seen) -> Floats:
    found = -seen.course.least.greatest(seen.spans)
    own = np.where(seen.counted, seen.own_values, np.nan)
    return found if seen.own is None else np.fmin(found, own)


def _var(_figure: Figure, seen: Seen) -> Floats:
    return seen.variance


def _std(_figure: Figure, seen: Seen) -> Floats:
    return np.sqrt(seen.variance)


def _since_last(_figure: Figure, seen: Seen) -> Floats:
    passed = (seen.asked - np.append(seen.course.time, 0)[seen.spans.right - 1]) / 1e6
    found = np.where(seen.spans.size > 0, passed, np.nan)
    return np.where(seen.counted, 0.0, found)


def _distinct_count(figure: Figure, seen: Seen) -> Floats:
    own = None if seen.own is None else np.where(seen.counted, seen.course.read.codes[seen.own], -1)
    count = _distinct(seen.course.occurrences, seen.spans, own)
    return np.minimum(count, figure.parameter or MOST_DISTINCT).astype(np.float64)


def _distinct(occurrences: Occurrences, spans: Spans, own: Codes | None) -> Codes:
    """[q] how many codes there are in spans, or are those of own events, below 0 for none."""
    count = occurrences.count_distinct(spans)
    if own is None:
        return count
    more: Truths = (own >= 0) & ~occurrences.holds(spans, own)
    return count + more


def _approx_distinct_count(_figure: Figure, seen: Seen) -> Floats:
    """The registers of a sketch that are at least 1, at least 2, ... are as many as there are
    distinct registers of values of at least this rank."""
    index, rank = seen.course.read.sketched
    empty = np.full(len(seen.asked), REGISTERS, dtype=np.int64)
    powers = np.full(len(seen.asked), float(REGISTERS))
    levels = iter(seen.course.levels)
    for least in range(1, MOST_RANK + 1):
        places, occurrences = next(levels, _NO_LEVEL)
        own = None
        if seen.own is not None:
            counts = seen.counted & (rank[seen.own] >= least)
            own = np.where(counts, index[seen.own], -1)
        if not len(places) and (own is None or np.all(own < 0)):
            break
        left, right = (np.searchsorted(places, at) for at in (seen.spans.left, seen.spans.right))
        reached = _distinct(occurrences, Spans(left, right), own)
        powers -= np.ldexp(reached.astype(np.float64), -least)
        if least == 1:
            empty -= reached
    return estimate_from(empty, powers)


def _quantile(figure: Figure, seen: Seen) -> Floats:
    codes, numbers = seen.course.read.buckets
    ranks, spans = seen.course.ranks, seen.spans
    place = np.floor((figure.parameter or 0.0) * (seen.size - 1)).astype(np.int64)
    if seen.own is None:
        found = ranks.at(spans, place)
    else:
        own = np.where(seen.counted, codes[seen.own], 0)
        below = ranks.below(spans, own)
        after = seen.counted & (place > below)
        found = ranks.at(spans, place - after)
        found = np.where(seen.counted & (place == below), own, found)
    return np.where(seen.size > 0, np.append(numbers, np.nan)[found], np.nan)


def _last(_figure: Figure, seen: Seen) -> Codes:
    return _latest(seen, 1)


def _last_n(figure: Figure, seen: Seen) -> Codes:
    return _latest(seen, len(figure.columns))


def _latest(seen: Seen, many: int) -> Codes:
    """[q, many] the latest first, the own one before all."""
    rows = np.append(seen.course.rows, NONE)
    found = np.full((len(seen.asked), many), NONE, dtype=np.int64)
    for i in range(many):
        back = i - seen.counted.astype(np.int64)
        at = seen.spans.right - 1 - back
        found[:, i] = rows[np.where((back >= 0) & (at >= seen.spans.left), at, NONE)]
    if seen.own is not None:
        found[:, 0] = np.where(seen.counted, seen.own, found[:, 0])
    return found


def _first(_figure: Figure, seen: Seen) -> Codes:
    rows = np.append(seen.course.rows, NONE)
    found = np.where(seen.spans.size > 0, rows[seen.spans.left], NONE)
    if seen.own is not None:
        found = np.where(seen.spans.size > 0, found, seen.own)
    return found[:, None]


def _top_k(figure: Figure, seen: Seen) -> Codes:
    codes = seen.course.read.codes
    own = np.full(len(seen.asked), NONE)
    if seen.own is not None:
        own = np.where(seen.counted, codes[seen.own], NONE)
    found = most_frequent(
        codes[seen.course.rows], seen.spans, len(figure.columns), own, MOST_DISTINCT
    )
    return np.append(seen.course.read.representative, NONE)[found]


PLACED = ("first", "last", "last_n", "top_k", AS_OF)
"""Figures that are values which they read."""

_NO_LEVEL = (np.zeros(0, dtype=np.int64), Occurrences(np.zeros(0, dtype=np.int64)))

_VALUES: dict[str, Callable[[Figure, Seen], Floats]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "min": _min,
    "max": _max,
    "var": _var,
    "std": _std,
    "since_last": _since_last,
    "distinct_count": _distinct_count,
    "approx_distinct_count": _approx_distinct_count,
    "quantile": _quantile,
}
_PLACES: dict[str, Callable[[Figure, Seen], Codes]] = {
    "first": _first,
    "last": _last,
    "last_n": _last_n,
    "top_k": _top_k,
    AS_OF: _last,
}
