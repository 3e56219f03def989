"""Events of one table, those of each entity in the order in which they happened."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Micros = NDArray[np.int64]
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

MOST_PLACES = 2**62
_DIGIT = 16


Window = tuple[int | None, int, bool]
"""How long, None for the whole lifetime, and how much later, in microseconds; whether closed at its
end."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """n events. order: [n] rows of the table, by entity, then time, then key. entity, time: [n] in
    that order, time in microseconds. clock: how times lie on one line through all entities. place:
    [n] of each event on it, rising."""

    order: Codes
    entity: Codes
    time: Micros
    clock: "Clock"
    place: Codes

    def __len__(self) -> int:
        return len(self.order)

    def at(self, entity: Codes, time: Micros) -> Codes:
        """[q] how many events come before this time of this entity, on the whole line; quick where
        the questions come in the order of the events.

        Codes below 0 are entities without events.
        """
        return np.searchsorted(self.place, self._places(entity, self.clock.at(time)))

    def after(self, entity: Codes, time: Micros) -> Codes:
        """[q] the same, with events at this very time."""
        return np.searchsorted(self.place, self._places(entity, self.clock.after(time)))

    def begin(self, entity: Codes) -> Codes:
        """[q] how many events come before the first of this entity."""
        return self._starts[np.clip(entity, 0, len(self._starts) - 1)]

    @cached_property
    def _starts(self) -> Codes:
        return np.searchsorted(self.entity, np.arange(self.entity[-1] + 2 if len(self) else 1))

    def _places(self, entity: Codes, tick: Codes) -> Codes:
        return np.clip(entity, -1, self.clock.entities) * self.clock.turn + tick


@dataclass(frozen=True, eq=False)
class Clock:
    """Times as whole ticks from 0 up to `turn`, which is later than all. A tick is a microsecond;
    where so the line would be too long, as much as leaves no event between two, or ticks are the
    distinct times themselves, and finding one takes a search. begin: the first time. moments: the
    distinct times, None for ticks of one length."""

    entities: int
    turn: int
    begin: int
    tick: int
    moments: Micros | None = None

    def at(self, time: Micros) -> Codes:
        """[q] the first tick not before each time."""
        if self.moments is not None:
            return np.searchsorted(self.moments, time, side="left")
        if self.tick == 1:
            return np.clip(time - self.begin, 0, self.turn)
        return np.clip(-((self.begin - time) // self.tick), 0, self.turn)

    def after(self, time: Micros) -> Codes:
        """[q] the first tick after each time."""
        return self.at(time + 1)


def timeline(entity: Codes, time: Micros, key: pl.Series | None = None) -> Timeline:
    """entity, time, key: [n] of the events; those of entities below 0 are left out. Of equal times
    the greater key is the later; without keys, the later row."""
    clock = _clock(entity, time)
    order = _sorted(entity, time)
    entity, time = entity[order], time[order]
    place = entity * clock.turn + clock.at(time)
    if key is not None:
        order = _settle(order, place, key)
    return Timeline(order, entity, time, clock, place)


def _clock(entity: Codes, time: Micros) -> Clock:
    entities = int(entity.max(initial=-1)) + 1
    if not len(time):
        return Clock(entities, 1, 0, 1)
    begin, end = int(time.min()), int(time.max())
    if (entities + 2) * (end - begin + 1) < MOST_PLACES:
        return Clock(entities, end - begin + 1, begin, 1)
    tick = max(1, int(np.gcd.reduce(time - begin)))
    turn = (end - begin) // tick + 1
    if (entities + 2) * turn < MOST_PLACES:
        return Clock(entities, turn, begin, tick)
    moments = np.unique(time)
    return Clock(entities, len(moments), begin, tick, moments)


def _sorted(entity: Codes, time: Micros) -> Codes:
    """Rows by entity, then time. Tables mostly come in the order of time: that is not sorted
    again, and entities take one or two passes that count."""
    in_order = bool(np.all(time[1:] >= time[:-1]))
    order = np.arange(len(time)) if in_order else np.argsort(time, kind="stable")
    held = entity[order] if not in_order else entity
    if len(held) and held.min() < 0:
        order, held = order[held >= 0], held[held >= 0]
    most = int(held.max(initial=0))
    for shift in range(0, max(1, most.bit_length()), _DIGIT):
        # Of 16 bits, a stable sort is one by counting.
        by = np.argsort(((held >> shift) & (2**_DIGIT - 1)).astype(np.uint16), kind="stable")
        order, held = order[by], held[by]
    return order


def _settle(order: Codes, place: Codes, key: pl.Series) -> Codes:
    """The order with events of one place by their keys; few are, and only theirs are compared."""
    same = place[1:] == place[:-1]
    if not same.any():
        return order
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    rank = key.gather(order[tied]).rank("dense").to_numpy()
    settled = order.copy()
    settled[tied] = order[tied][np.lexsort((rank, place[tied]))]
    return settled


@dataclass(frozen=True, eq=False)
class Spans:
    """q windows on a timeline: events from `left` on, up to but without `right`. Where questions
    come in the order of the events, both rise."""

    left: Codes
    right: Codes

    @property
    def size(self) -> Codes:
        """[q] how many events each holds."""
        return self.right - self.left


def find_spans(events: Timeline, entity: Codes, time: Micros, window: Window) -> Spans:
    """The events strictly between `time - delay - length` and `time - delay`, all but the edges;
    with a closed window, up to and including its end."""
    length, delay, closed = window
    right = (events.after if closed else events.at)(entity, time - delay)
    return Spans(left_edges(events, entity, time, length, delay, right), right)


def left_edges(
    events: Timeline, entity: Codes, time: Micros, length: int | None, delay: int, right: Codes
) -> Codes:
    """[q] where windows begin that end before `right`."""
    if length is None:
        return np.minimum(events.begin(entity), right)
    return np.minimum(events.after(entity, time - delay - length), right)
