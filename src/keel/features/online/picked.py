"""Which events of its entity each row's window holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.features.online.state import State

Codes = NDArray[np.int64]
MOST_PLACES = 2**62


@dataclass(frozen=True, eq=False)
class Asked:
    """q rows. stream: [q] which of the s streams of a state, s for none. time: [q]. own: [q] the
    time of the row's own event, if it is already in the stream, else `NOT_THERE`."""

    stream: Codes
    time: Codes
    own: Codes


NOT_THERE = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class Picked:
    """What the windows of q rows hold, row after row. index: [m] events of the state; from their
    number n on, the own event of row `index - n`. row: [m]. size: [q]."""

    index: Codes
    row: Codes
    size: Codes


class Placed:
    """The events of a state on one line, on which every window is a stretch."""

    def __init__(self, state: State, asked: Asked) -> None:
        self._state = state
        self._asked = asked
        self._ends = np.append(np.cumsum(state.size), len(state.time))
        self._begins = self._ends - np.append(state.size, 0)
        self._moments: Codes | None = None
        self._first, last = 0, 0
        if len(state.time):
            self._first, last = int(state.time.min()), int(state.time.max())
        # From one stream to the next, with room before the first time and after the last.
        self._turn = last - self._first + 3
        if (len(state.size) + 1) * self._turn >= MOST_PLACES:
            self._moments = np.unique(state.time)
            self._turn = len(self._moments) + 3
        stream = np.repeat(np.arange(len(state.size)), state.size)
        self._places = stream * self._turn + self._tick(state.time)

    def pick(self, window: int | None, delay: int, *, with_own: bool) -> Picked:
        """The open windows `(t - delay - window, t - delay)`; None for all before t - delay."""
        asked = self._asked
        until = asked.time - delay
        right = self._before(until)
        left = self._begins[asked.stream]
        if window is not None:
            left = self._before(until - window + 1)
        size = np.maximum(right - left, 0)
        extra = np.zeros(len(size), np.int64)
        if with_own:
            after = NOT_THERE if window is None else until - window
            inside = (asked.own != NOT_THERE) & (asked.own > after) & (asked.own < until)
            extra = (~inside & (asked.stream < len(self._state.size))).astype(np.int64)
        picked = _expand(left, size, extra, len(self._state.time))
        return self._arrived(picked)

    def latest(self, delay: int) -> Codes:
        """[q] the last event up to and including t - delay that had arrived; -1 without one."""
        asked, state = self._asked, self._state
        begin = self._begins[asked.stream]
        found = self._before(asked.time - delay + 1) - 1
        arrival = np.append(state.arrival, NOT_THERE)
        late = (found >= begin) & (arrival[found] > asked.time)
        while late.any():
            found = found - late
            late = (found >= begin) & (arrival[found] > asked.time)
        return np.where(found >= begin, found, -1)

    def _before(self, time: Codes) -> Codes:
        """[q] how many events of the line come before these times of the rows' streams."""
        place = self._asked.stream * self._turn + self._tick(time)
        return np.searchsorted(self._places, place)

    def _tick(self, time: Codes) -> Codes:
        if self._moments is not None:
            return np.searchsorted(self._moments, time) + 1
        return np.clip(time, self._first - 1, self._first + self._turn - 2) - self._first + 1

    def _arrived(self, picked: Picked) -> Picked:
        asked, state = self._asked, self._state
        if not len(picked.index) or not len(state.arrival):
            return picked
        if state.arrival.max() <= asked.time.min():
            return picked
        arrival = np.append(state.arrival, np.full(len(asked.time), NOT_THERE))
        held = arrival[picked.index] <= asked.time[picked.row]
        row = picked.row[held]
        return Picked(picked.index[held], row, np.bincount(row, minlength=len(asked.time)))


def _expand(left: Codes, size: Codes, extra: Codes, events: int) -> Picked:
    held = size + extra
    row = np.repeat(np.arange(len(held)), held)
    ends = np.cumsum(held)
    index = np.arange(len(row)) + np.repeat(left - (ends - held), held)
    own = np.flatnonzero(extra)
    index[ends[own] - 1] = events + own
    return Picked(index, row, held)
