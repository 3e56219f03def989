"""What events, or parts of streams, say of one reading."""

from collections.abc import Sequence
from dataclasses import dataclass
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
)
from keel.features.online.sketch import objects
from keel.features.online.taken import Taken, Whole

Values = NDArray[Any]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Read:
    """n events or parts. values: [n] Float64 or objects that are texts; of parts the sum, or the
    last. known: [n] whether there are any. time: [n] of the last known. latest: [n] the value of
    the latest event, known or not. whole: of parts."""

    values: Values
    known: NDArray[np.bool_]
    time: Codes
    latest: Values
    whole: Whole | None = None

    def take(self, index: Codes, size: Codes, now: Codes) -> Taken:
        """Those at `index`, all of them known. size: [q] how many of each row. now: [q]."""
        whole = self.whole
        if whole is not None:
            whole = Whole(
                whole.count[index],
                whole.numbers[index],
                whole.first[index],
                whole.last[index],
                whole.sketches[index],
                whole.many[index],
                whole.place,
            )
        return Taken(self.values[index], self.time[index], size, now, whole)


def read_numbers(values: NDArray[np.float64], time: Codes) -> Read:
    """Of events; NaN where missing."""
    return Read(values, values == values, time, values)


def read_texts(texts: Sequence[str | None], time: Codes) -> Read:
    """Of events; None where missing."""
    values = objects(texts)
    return Read(values, np.array([text is not None for text in texts], np.bool_), time, values)


def read_parts_of(parts: Parts, layout: Layout, reading: Reading) -> Read:
    """Of parts."""
    if reading in layout.texts:
        number = layout.texts.index(reading)
        place = len(layout.numbers) + number
        told = parts.texts[:, number]
        first, last, latest = told[:, FIRST_TEXT], told[:, LAST_TEXT], told[:, LATEST_TEXT]
        numbers, values = np.empty((len(parts), 0)), last
    else:
        place = layout.numbers.index(reading)
        numbers = parts.numbers[:, place]
        first, last, latest = numbers[:, FIRST], numbers[:, LAST], numbers[:, LATEST]
        values = numbers[:, TOTAL]
    count = parts.count[:, place]
    sketches, many = np.full(len(parts), None, object), np.zeros(len(parts), np.bool_)
    if parts.sketches:
        sketches = objects(parts.sketches)
        many = np.array([made is not None for made in parts.sketches], np.bool_)
    whole = Whole(count, numbers, first, last, sketches, many, place)
    return Read(values, count > 0, parts.last_time[:, place], latest, whole)


def floats(values: pl.Series | None, size: int) -> NDArray[np.float64]:
    """[size] NaN where missing, or where there are no values at all."""
    if values is None:
        return np.full(size, np.nan)
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()
