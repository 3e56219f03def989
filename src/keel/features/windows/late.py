"""Rows for which an event had not arrived, or not yet changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from keel.features.events import Events, Rows
from keel.features.figure import Figure
from keel.features.windows.course import Course, Read, lay_course
from keel.features.windows.seen import NONE, Found, Seen, find
from keel.features.windows.timeline import Codes, Spans, Timeline, Truths, Window, find_spans
from keel.features.windows.versions import Sight

MOST_PAIRS = 4_000_000
"""Of a row and an event that it sees, laid out side by side at once."""


@dataclass(frozen=True, eq=False)
class Late:
    """asked: the rows that ask. line: the lasting events."""

    events: Events
    rows: Rows
    asked: Timeline
    line: Timeline

    def settle(
        self,
        figures: Mapping[Figure, Found],
        window: Window,
        sight: Sight,
        read: Read,
        known: Truths | None,
        own: Truths,
    ) -> None:
        """Put right the values of figures of one window, in the order of the rows, for rows that
        saw anything else than the lasting events.

        sight: when these were known, and what was known in their stead. known: [n] events, None for
        all. own: [q] rows whose own event may count.
        """
        affected = sight.affected(self.asked, self.line, window)
        size = self._spans(self.line, affected, window).size
        size = size + self._spans(sight.line, affected, window).size
        for begin, end in _stretches(np.cumsum(size) // MOST_PAIRS):
            at = affected[begin:end]
            rows = self.asked.order[at]
            course, spans, alone = self._laid_out(at, window, sight, read, known)
            places = np.where(alone & own[rows], read.own + rows, NONE)
            with_own = Seen(course, spans, self.asked.time[at], places)
            without = Seen(course, spans, self.asked.time[at], None)
            for figure, values in figures.items():
                values[rows] = find(figure, with_own if figure.including_self else without)

    def _spans(self, line: Timeline, at: Codes, window: Window) -> Spans:
        return find_spans(line, self.asked.entity[at], self.asked.time[at], window)

    def _laid_out(
        self, at: Codes, window: Window, sight: Sight, read: Read, known: Truths | None
    ) -> tuple[Course, Spans, Truths]:
        """A line of its own for each of these rows, with all that it sees and nothing else; the
        spans of what is known there; and whether its own event is not there."""
        asker, rows = self._pairs(at, window, sight)
        key, own_key = self._keys
        time = self.events.time.to_numpy()
        if len(sight.lost):
            # What lasts comes in this order already.
            order = np.lexsort((key[rows], time[rows], asker))
            asker, rows = asker[order], rows[order]
        course = lay_course(read, rows, time[rows], asker, known)
        edges = np.searchsorted(asker, np.arange(len(at) + 1))
        alone = np.ones(len(at), dtype=np.bool_)
        alone[asker[key[rows] == own_key[self.asked.order[at]][asker]]] = False
        return course, course.narrow(Spans(edges[:-1], edges[1:])), alone

    def _pairs(self, at: Codes, window: Window, sight: Sight) -> tuple[Codes, Codes]:
        """Each of these rows, by its place among them, with the row of each event that it sees."""
        time = self.asked.time[at]
        asker, rows = _pairs(self._spans(self.line, at, window), self.line.order)
        there = sight.arrival[rows] <= time[asker]
        lost_asker, lost = _pairs(self._spans(sight.line, at, window), sight.line.order)
        then = sight.versions.arrival[lost] <= time[lost_asker]
        then &= sight.versions.gone[lost] > time[lost_asker]
        return (
            np.concatenate([asker[there], lost_asker[then]]),
            np.concatenate([rows[there], lost[then]]),
        )

    @cached_property
    def _keys(self) -> tuple[Codes, Codes]:
        """[n] and [q] rising with the keys of events, and of asking rows; below 0 where missing."""
        key, own = self.events.key, self.rows.key
        if own is None:
            own = pl.repeat(None, len(self.rows), dtype=key.dtype, eager=True)
        both = pl.concat([key, own.cast(key.dtype, strict=False)])
        codes = both.rank("dense").fill_null(0).to_numpy().astype(np.int64) - 1
        return codes[: len(key)], codes[len(key) :]


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
