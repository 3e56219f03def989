"""What events, or parts of streams, say of one reading."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.features.figure import Reading
from keel.features.online.layout import Layout
from keel.features.online.parts import (
    FIRST,
    FIRST_TEXT,
    LAST,
    LAST_TEXT,
    LATEST,
    LATEST_TEXT,
    TOTAL,
    Parts,
    Sketched,
)
from keel.features.online.sketch import Counted, are_told, count_each, count_values, objects

Values = NDArray[Any]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Whole:
    """What is known of parts. count: [n]. numbers: [n, NUMBERS], as in Parts, where they are
    numbers. first, last: [n]."""

    count: Codes
    numbers: NDArray[np.float64]
    first: Values
    last: Values
    sketched: Sketched


@dataclass(frozen=True, eq=False)
class Read:
    """n events or parts. values: [n] Float64 or objects that are texts; of parts the sum, or the
    last. known: [n] whether there are any. time: [n] of the last known. latest: [n] the value of
    the latest event, known or not. whole: of parts. place: of the reading."""

    layout: Layout
    place: int
    values: Values
    known: NDArray[np.bool_]
    time: Codes
    latest: Values
    whole: Whole | None = None
    _counted: dict[int, Counted] = field(default_factory=dict)

    def counted(self, which: int) -> Counted:
        """How often each value occurs in each of the n, or what stands for it."""
        if which not in self._counted:
            self._counted[which] = self._count(which)
        return self._counted[which]

    def _count(self, which: int) -> Counted:
        known = self.known
        if self.whole is None:
            counted = count_each(self.values[known], which)
            return replace(counted, begin=known.cumsum() - 1, size=known.astype(np.int64))
        sketched = self.whole.sketched
        one = known.copy()
        one[sketched.part] = False
        values = self.values[one]
        counted = count_values(self.layout, which, self.place, values, sketched.sketches)
        if not len(counted.size):
            return counted
        source = one.cumsum() - 1
        source[sketched.part] = len(values) + sketched.which
        return replace(counted, begin=counted.begin[source], size=counted.size[source])


def read_numbers(
    layout: Layout, reading: Reading, values: NDArray[np.float64], time: Codes
) -> Read:
    """Of events; NaN where missing."""
    return Read(layout, layout.place(reading), values, values == values, time, values)


def read_texts(layout: Layout, reading: Reading, texts: Sequence[str | None], time: Codes) -> Read:
    """Of events; None where missing."""
    values = objects(texts)
    known = are_told(values)
    return Read(layout, layout.place(reading), values, known, time, values)


def read_parts_of(layout: Layout, reading: Reading, parts: Parts) -> Read:
    """Of parts."""
    place = layout.place(reading)
    if reading in layout.texts:
        told = parts.texts[:, place - len(layout.numbers)]
        first, last, latest = told[:, FIRST_TEXT], told[:, LAST_TEXT], told[:, LATEST_TEXT]
        numbers, values = np.empty((len(parts), 0)), last
    else:
        numbers = parts.numbers[:, place]
        first, last, latest = numbers[:, FIRST], numbers[:, LAST], numbers[:, LATEST]
        values = numbers[:, TOTAL]
    count = parts.count[:, place]
    whole = Whole(count, numbers, first, last, parts.sketched)
    return Read(layout, place, values, count > 0, parts.last_time[:, place], latest, whole)


def floats(values: pl.Series | None, size: int) -> NDArray[np.float64]:
    """[size] NaN where missing, or where there are no values at all."""
    if values is None:
        return np.full(size, np.nan)
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()
