"""The events of one table and the rows that ask, side by side on the line of one entity."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.features.events import Events, Rows
from keel.features.figure import AS_OF, Figure, Reading
from keel.features.windows.course import Read, lay_course
from keel.features.windows.entities import match_entities
from keel.features.windows.late import Late
from keel.features.windows.seen import NONE, PLACED, Found, Seen, find
from keel.features.windows.timeline import (
    Codes,
    Spans,
    Truths,
    Window,
    find_spans,
    left_edges,
    timeline,
)
from keel.features.windows.versions import Sight, Versions
from keel.spec.kinds import Kind

BLOCK = 2**17
"""Rows that are worked through at once: what they need in between stays near the processor."""

Edges = NDArray[np.signedinteger[Any]]

NUMERIC = (Kind.NUMBER, Kind.BOOLEAN, Kind.TIME)
"""Kinds whose values are numbers here; the others are texts."""

_DTYPES = {True: pl.Float64(), False: pl.String()}


class Scene:
    """All figures of one table's events by one entity."""

    def __init__(self, events: Events, versions: Versions | None, rows: Rows, entity: str) -> None:
        self._events = events
        self._rows = rows
        self._time = events.time.to_numpy()
        self._entity, asked, self._named = match_entities(
            events.entities[entity], rows.entities[entity]
        )
        self._versions = versions
        lasting = self._entity
        if self._versions is not None:
            lasting = np.where(self._versions.lasting, lasting, -1)
        self._line = timeline(lasting, self._time, events.key)
        time = rows.time.to_numpy()
        same = asked is lasting and self._named.all() and np.array_equal(time, self._time)
        self._asked = self._line if same else timeline(asked, time)
        self._sighted: Sight | None = None
        self._begins: dict[Window, Edges] = {}
        self._ends: dict[tuple[int, bool], Edges] = {}

    def find(self, figures: Sequence[Figure]) -> dict[str, pl.Series]:
        """[q] each of their columns, in the order of the rows."""
        found: dict[str, pl.Series] = {}
        for (reading, latest), group in _grouped(figures):
            found |= self._of_reading(reading, latest, group)
        return found

    def _of_reading(
        self, reading: Reading, latest: bool, figures: Sequence[Figure]
    ) -> dict[str, pl.Series]:
        read, known, own_known = self._read(reading, latest, figures)
        line = self._line
        course = lay_course(read, line.order, line.time, line.entity, known)
        values = [_room(figure, len(self._rows)) for figure in figures]

        def fill(block: slice) -> None:
            rows = self._asked.order[block]
            seen: dict[tuple[Window, bool], Seen] = {}
            for figure, into in zip(figures, values, strict=True):
                key = (_window(figure), figure.including_self)
                if key not in seen:
                    own = self._own(read, block, key[0], own_known) if key[1] else None
                    spans = course.narrow(self._spans_of(key[0], block))
                    seen[key] = Seen(course, spans, self._asked.time[block], own)
                into[rows] = find(figure, seen[key])

        for figure in figures:
            self._search(_window(figure))
        _in_blocks(fill, len(self._asked))
        if self._versions is not None:
            sight = self._sight(self._versions, reading)
            own_rows = self._own_rows(own_known)
            for window in {_window(figure) for figure in figures}:
                both = zip(figures, values, strict=True)
                group = {figure: into for figure, into in both if _window(figure) == window}
                self._late.settle(group, window, sight, read, known, own_rows)
        found: dict[str, pl.Series] = {}
        for figure, into in zip(figures, values, strict=True):
            found |= _shown(figure, into, read)
        return found

    def _sight(self, versions: Versions, reading: Reading) -> Sight:
        """Where every key has one row, the same for all readings."""
        said = self._events.readings.get(reading) if versions.several else None
        if self._sighted is None or versions.several:
            self._sighted = versions.sight(self._entity, self._time, said)
        return self._sighted

    @cached_property
    def _late(self) -> Late:
        return Late(self._events, self._rows, self._asked, self._line)

    def _read(
        self, reading: Reading, latest: bool, figures: Sequence[Figure]
    ) -> tuple[Read, Truths | None, Truths | None]:
        """What is read, of which events it is known, and of which rows' own; None for all."""
        if not reading.argument and not reading.where:
            return Read(pl.Series([], dtype=pl.Float64), len(self._events)), None, None
        series, own = self._events.readings[reading], self._rows.own.get(reading)
        known = series.is_not_null().to_numpy() if series.null_count() and not latest else None
        if not any(figure.including_self for figure in figures):
            return Read(series, len(series)), known, None
        if own is None:
            own = pl.repeat(None, len(self._rows), dtype=series.dtype, eager=True)
        both = pl.concat([series, own.cast(series.dtype)])
        return Read(both, len(series)), known, own.is_not_null().to_numpy()

    def _search(self, window: Window) -> None:
        """Find all that the asking rows see of the lasting events in this window; windows that end
        alike are searched for their end once."""
        length, delay, closed = window
        if window in self._begins:
            return
        count, end = len(self._asked), (delay, closed)
        # The edges of many windows are kept at once.
        dtype: type[np.signedinteger[Any]] = np.int64
        if len(self._line) < 2**31 - 1:
            dtype = np.int32
        fresh = end not in self._ends
        if fresh:
            self._ends[end] = np.empty(count, dtype)
        left, right = np.empty(count, dtype), self._ends[end]
        self._begins[window] = left

        def fill(block: slice) -> None:
            entity, time = self._asked.entity[block], self._asked.time[block]
            if fresh:
                right[block] = find_spans(self._line, entity, time, (None, delay, closed)).right
            left[block] = left_edges(
                self._line, entity, time, length, delay, right[block].astype(np.int64)
            )

        _in_blocks(fill, count)

    def _spans_of(self, window: Window, block: slice) -> Spans:
        left, right = self._begins[window][block], self._ends[window[1:]][block]
        return Spans(left.astype(np.int64), right.astype(np.int64))

    def _own_rows(self, known: Truths | None) -> Truths:
        """[rows] whose own event counts where it is not there already."""
        return self._named if known is None else self._named & known

    def _own(self, read: Read, block: slice, window: Window, known: Truths | None) -> Codes:
        """Where the own values of a block stand in a reading, `NONE` where they do not count: a
        window may hold the event of the row's own key."""
        rows = self._asked.order[block]
        counts = self._own_rows(known)[rows]
        row = self._own_row[block]
        if np.any(row != NONE):
            length, delay, _ = window
            until = self._asked.time[block] - delay
            time = np.append(self._time, 0)[row]
            held = np.append(self._entity, NONE)[row] == self._asked.entity[block]
            held &= time < until
            if length is not None:
                held &= time > until - length
            counts &= ~held
        return np.where(counts, read.own + rows, NONE)

    @cached_property
    def _own_row(self) -> Codes:
        """[q] the lasting row of the key of each asking row, `NONE` without one, or where it cannot
        be in a window: it is of the row's own time."""
        key, own = self._events.key, self._rows.key
        if own is None or (self._asked is self._line and key.equals(own)):
            return np.full(len(self._asked), NONE)
        lasting = np.arange(len(self._events))
        if self._versions is not None:
            lasting = lasting[self._versions.lasting]
        found = pl.DataFrame({"key": own.cast(key.dtype, strict=False)}).join(
            pl.DataFrame({"key": key.gather(lasting), "row": lasting}),
            on="key",
            how="left",
            maintain_order="left",
        )
        return found["row"].fill_null(NONE).to_numpy()[self._asked.order]


def _window(figure: Figure) -> Window:
    return figure.window_us, figure.delay_us, figure.name == AS_OF


def _room(figure: Figure, count: int) -> Found:
    if figure.name in PLACED:
        return np.empty((count, len(figure.columns)), dtype=np.int64)
    return np.empty(count)


def _in_blocks(fill: Callable[[slice], None], count: int) -> None:
    """The first block alone: it makes what all of them need."""
    blocks = [slice(begin, begin + BLOCK) for begin in range(0, count, BLOCK)]
    for block in blocks[:1]:
        fill(block)
    if len(blocks) > 1:
        with ThreadPoolExecutor(pl.thread_pool_size()) as threads:
            list(threads.map(fill, blocks[1:]))


def _shown(figure: Figure, values: Found, read: Read) -> dict[str, pl.Series]:
    if figure.name not in PLACED:
        missing = figure.name != "count"
        return {figure.text: pl.Series(figure.text, values, nan_to_null=missing)}
    found = {}
    for i, column in enumerate(figure.columns):
        places = pl.Series(values[:, i])
        shown = read.series.gather(places.set(places == NONE, None))
        found[column] = shown.cast(_DTYPES[figure.result in NUMERIC]).alias(column)
    return found


def _grouped(figures: Sequence[Figure]) -> Iterator[tuple[tuple[Reading, bool], list[Figure]]]:
    """By what they read, and whether missing values count."""

    def by(figure: Figure) -> tuple[Reading, bool]:
        return figure.reading, figure.name == AS_OF

    for key, group in groupby(sorted(figures, key=by), by):
        yield key, list(group)
