"""Events of one table, those of each entity in the order in which they happened."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Micros = NDArray[np.int64]


MOST_PLACES = 2**62


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
        starts = np.searchsorted(self.entity, np.arange(self.entity[-1] + 2 if len(self) else 1))
        return starts[np.clip(entity, 0, len(starts) - 1)]

    def _places(self, entity: Codes, tick: Codes) -> Codes:
        return np.clip(entity, -1, self.clock.entities) * self.clock.turn + tick


@dataclass(frozen=True, eq=False)
class Clock:
    """Times as whole ticks from 0 up to `turn`, which is later than all. A tick is as long as
    leaves no event between two; where even so the line would be too long, ticks are the distinct
    times themselves, and finding one takes a search. begin: the first time. moments: the distinct
    times, None for ticks of one length."""

    entities: int
    turn: int
    begin: int
    tick: int
    moments: Micros | None = None

    def at(self, time: Micros) -> Codes:
        """[q] the first tick not before each time."""
        if self.moments is not None:
            return np.searchsorted(self.moments, time, side="left")
        return np.clip(-((self.begin - time) // self.tick), 0, self.turn)

    def after(self, time: Micros) -> Codes:
        """[q] the first tick after each time."""
        return self.at(time + 1)


def timeline(entity: Codes, time: Micros, key: Codes) -> Timeline:
    """entity, time, key: [n] of the events. Of equal times the greater key is the later."""
    clock = _clock(entity, time)
    place = entity * clock.turn + clock.at(time)
    order = np.lexsort((key, place))
    return Timeline(order, entity[order], time[order], clock, place[order])


def _clock(entity: Codes, time: Micros) -> Clock:
    entities = int(entity.max(initial=-1)) + 1
    if not len(time):
        return Clock(entities, 1, 0, 1)
    begin = int(time.min())
    tick = max(1, int(np.gcd.reduce(time - begin)))
    turn = int(time.max() - begin) // tick + 1
    if (entities + 2) * turn < MOST_PLACES:
        return Clock(entities, turn, begin, tick)
    moments = np.unique(time)
    return Clock(entities, len(moments), begin, tick, moments)


@dataclass(frozen=True, eq=False)
class Spans:
    """q windows on a timeline: events from `left` on, up to but without `right`."""

    left: Codes
    right: Codes

    @property
    def size(self) -> Codes:
        """[q] how many events each holds."""
        return self.right - self.left


def open_spans(
    events: Timeline, entity: Codes, time: Micros, window: int | None, delay: int = 0
) -> Spans:
    """The events strictly between `time - delay - window` and `time - delay`, all but the edges;
    window, delay: in microseconds, None for the whole lifetime."""
    until = time - delay
    right = events.at(entity, until)
    left = events.begin(entity) if window is None else events.after(entity, until - window)
    return Spans(np.minimum(left, right), right)
