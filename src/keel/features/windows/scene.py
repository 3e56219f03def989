"""The events of one table and the rows that ask, side by side on the line of one entity."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby

import numpy as np
import polars as pl

from keel.features.events import Events, Rows
from keel.features.figure import AS_OF, Figure, Reading
from keel.features.windows.course import Course, Read, lay_course
from keel.features.windows.entities import match_entities
from keel.features.windows.seen import NONE, PLACED, Seen, find_places, find_values
from keel.features.windows.timeline import (
    Codes,
    Spans,
    Timeline,
    Truths,
    closed_spans,
    open_spans,
    timeline,
)
from keel.features.windows.versions import Sight, find_versions
from keel.spec.kinds import Kind

MOST_PAIRS = 4_000_000
"""Of a row and an event that it sees, laid out side by side at once."""

Window = tuple[int | None, int, bool]
"""How long, how much later, and whether closed."""


class Scene:
    """All figures of one table's events by one entity."""

    def __init__(self, events: Events, rows: Rows, entity: str) -> None:
        self._events = events
        self._rows = rows
        self._time = events.time.to_numpy()
        codes, asked, self._seen_entities = match_entities(
            events.entities[entity], rows.entities[entity]
        )
        self._entity = codes
        self._asked = timeline(asked, rows.time.to_numpy())
        self._versions = find_versions(events)
        lasting = codes
        if self._versions is not None:
            lasting = np.where(self._versions.lasting, codes, -1)
        self._line = timeline(lasting, self._time, events.key)

    def find(self, figures: Sequence[Figure]) -> dict[str, pl.Series]:
        """[q] each of their columns, in the order of the rows."""
        found: dict[str, pl.Series] = {}
        for (reading, latest), group in _grouped(figures):
            found |= self._of_reading(reading, latest, group)
        return found

    def _of_reading(
        self, reading: Reading, latest: bool, figures: Sequence[Figure]
    ) -> dict[str, pl.Series]:
        read, known = self._read(reading, latest)
        line = self._line
        course = lay_course(read, line.order, line.time, line.entity, known)
        sight = None
        if self._versions is not None:
            said = self._events.readings.get(reading)
            sight = self._versions.sight(self._entity, self._time, said)
        found: dict[str, pl.Series] = {}
        seen: dict[tuple[Window, bool], Seen] = {}
        for figure in figures:
            window = (figure.window_us, figure.delay_us, latest)
            key = (window, figure.including_self)
            if key not in seen:
                seen[key] = self._seen(course, window, figure.including_self)
            values = _find(figure, seen[key])
            if sight is not None:
                self._settle(values, figure, window, sight, read, known)
            found |= self._shown(figure, values, read)
        return found

    def _read(self, reading: Reading, latest: bool) -> tuple[Read, Truths | None]:
        each = not reading.argument and not reading.where
        series, own = self._events.readings.get(reading), self._rows.own.get(reading)
        if each or series is None:
            series = pl.repeat(1.0, len(self._events), dtype=pl.Float64, eager=True)
        if each:
            own = pl.repeat(1.0, len(self._rows), dtype=pl.Float64, eager=True)
        if own is None:
            own = pl.repeat(None, len(self._rows), dtype=series.dtype, eager=True)
        known = None
        if not latest and series.null_count():
            known = series.is_not_null().to_numpy()
        return Read(pl.concat([series, own.cast(series.dtype)]), len(series)), known

    def _seen(self, course: Course, window: Window, including_self: bool) -> Seen:
        spans = self._spans(self._line, slice(None), window)
        own = None
        if including_self:
            own = self._own(course.read, slice(None), ~self._holds_own(window))
        return Seen(course, course.narrow(spans), self._asked.time, own)

    def _spans(self, line: Timeline, at: Codes | slice, window: Window) -> Spans:
        """Of the events on a line, those that some of the asking rows see."""
        length, delay, closed = window
        entity, time = self._asked.entity[at], self._asked.time[at]
        if closed:
            return closed_spans(line, entity, time, delay)
        return open_spans(line, entity, time, length, delay)

    def _own(self, read: Read, at: Codes | slice, alone: Truths) -> Codes:
        """Where the own values of some of the asking rows stand in a reading, `NONE` where they do
        not count."""
        rows = self._asked.order[at]
        known = read.series.is_not_null().to_numpy()[read.own + rows]
        counts = alone & known & self._seen_entities[rows]
        return np.where(counts, read.own + rows, NONE)

    def _holds_own(self, window: Window) -> Truths:
        """[q] whether a window holds the event of the row's own key."""
        length, delay, _ = window
        row, asked = self._own_row, self._asked
        until = asked.time - delay
        time = np.append(self._time, 0)[row]
        inside: Truths = np.append(self._entity, NONE)[row] == asked.entity
        inside &= time < until
        return inside if length is None else inside & (time > until - length)

    @cached_property
    def _own_row(self) -> Codes:
        """[q] the lasting row of the key of each asking row, `NONE` without one."""
        if self._rows.key is None:
            return np.full(len(self._asked), NONE)
        lasting = np.arange(len(self._events))
        if self._versions is not None:
            lasting = lasting[self._versions.lasting]
        key = self._events.key
        found = pl.DataFrame({"key": self._rows.key.cast(key.dtype, strict=False)}).join(
            pl.DataFrame({"key": key.gather(lasting), "row": lasting}),
            on="key",
            how="left",
            maintain_order="left",
        )
        return found["row"].fill_null(NONE).to_numpy()[self._asked.order]

    def _settle(
        self,
        values: "np.ndarray",
        figure: Figure,
        window: Window,
        sight: Sight,
        read: Read,
        known: Truths | None,
    ) -> None:
        """The values of rows for which something had not arrived, or not yet changed."""
        affected = sight.affected(self._asked, *window)
        size = self._spans(self._line, affected, window).size
        size = size + self._spans(sight.line, affected, window).size
        part = np.cumsum(size) // MOST_PAIRS
        for begin, end in _stretches(part):
            at = affected[begin:end]
            course, spans, alone = self._laid_out(at, window, sight, read, known)
            own = self._own(read, at, alone) if figure.including_self else None
            values[at] = _find(figure, Seen(course, spans, self._asked.time[at], own))

    def _laid_out(
        self, at: Codes, window: Window, sight: Sight, read: Read, known: Truths | None
    ) -> tuple[Course, Spans, Truths]:
        """A line of its own for each of these rows, with all that it sees and nothing else; the
        spans of what is known there; and whether its own event is not there."""
        asker, rows = _pairs(self._spans(self._line, at, window), self._line.order)
        time = self._asked.time[at]
        there = sight.arrival[rows] <= time[asker]
        asker, rows = asker[there], rows[there]
        lost_asker, lost = _pairs(self._spans(sight.line, at, window), sight.line.order)
        there = sight.versions.arrival[lost] <= time[lost_asker]
        there &= sight.versions.gone[lost] > time[lost_asker]
        asker = np.concatenate([asker, lost_asker[there]])
        rows = np.concatenate([rows, lost[there]])
        key, own_key = self._key_codes
        order = np.lexsort((key[rows], self._time[rows], asker))
        asker, rows = asker[order], rows[order]
        course = lay_course(read, rows, self._time[rows], asker, known)
        edges = np.searchsorted(asker, np.arange(len(at) + 1))
        alone = np.ones(len(at), dtype=np.bool_)
        alone[asker[key[rows] == own_key[self._asked.order[at]][asker]]] = False
        return course, course.narrow(Spans(edges[:-1], edges[1:])), alone

    @cached_property
    def _key_codes(self) -> tuple[Codes, Codes]:
        """[n] and [q] rising with the keys of events, and of asking rows; `NONE` where missing."""
        key, count = self._events.key, len(self._events)
        own = self._rows.key
        if own is None:
            own = pl.repeat(None, len(self._rows), dtype=key.dtype, eager=True)
        both = pl.concat([key, own.cast(key.dtype, strict=False)])
        codes = both.rank("dense").fill_null(0).to_numpy().astype(np.int64) - 1
        return codes[:count], codes[count:]

    def _shown(self, figure: Figure, values: "np.ndarray", read: Read) -> dict[str, pl.Series]:
        """Columns in the order of the rows."""
        ordered = np.empty_like(values)
        ordered[self._asked.order] = values
        if figure.name not in PLACED:
            return {figure.text: pl.Series(figure.text, ordered, nan_to_null=True)}
        found = {}
        for i, column in enumerate(figure.columns):
            places = pl.Series(ordered[:, i])
            shown = read.series.gather(places.set(places == NONE, None))
            found[column] = shown.cast(_DTYPES[figure.result in NUMERIC]).alias(column)
        return found


NUMERIC = (Kind.NUMBER, Kind.BOOLEAN, Kind.TIME)
"""Kinds whose values are numbers here; the others are texts."""

_DTYPES = {True: pl.Float64(), False: pl.String()}


def _find(figure: Figure, seen: Seen) -> "np.ndarray":
    return find_places(figure, seen) if figure.name in PLACED else find_values(figure, seen)


def _grouped(figures: Sequence[Figure]) -> Iterator[tuple[tuple[Reading, bool], list[Figure]]]:
    """By what they read, and whether missing values count."""

    def by(figure: Figure) -> tuple[Reading, bool]:
        return figure.reading, figure.name == AS_OF

    for key, group in groupby(sorted(figures, key=by), by):
        yield key, list(group)


def _pairs(spans: Spans, order: Codes) -> tuple[Codes, Codes]:
    """Each question, and the row of each event in its span."""
    size = spans.size
    asker = np.repeat(np.arange(len(size)), size)
    before = np.cumsum(size) - size
    place = np.arange(len(asker)) + (spans.left - before)[asker]
    return asker, order[place]


def _stretches(part: Codes) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(part, prepend=-1, append=-1))
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
