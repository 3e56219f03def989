"""Which events of its entity each row's window holds."""

from collections.abc import Sequence
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


Window = tuple[int | None, int]
"""Its length, None for all that came before, and its delay, in microseconds."""

NOT_THERE = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class Picked:
    """What w windows of q rows hold, window after window and row after row. index: [m] events of
    the state; from their number n on, the own event of row `index - n`. row: [m] which of the
    w * q. size: [w * q]."""

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

    def pick(self, windows: Sequence[Window], *, with_own: bool) -> Picked:
        """The open windows `(t - delay - length, t - delay)` of all rows, one window after the
        other; with the rows' own events where those are not in the window already."""
        asked = self._asked
        delays = np.array([delay for _, delay in windows], np.int64)
        until = (asked.time - delays[:, None]).ravel()
        begin = np.full(len(until), self._first - 1)
        for number, (length, _) in enumerate(windows):
            if length is not None:
                part = slice(number * len(asked.time), (number + 1) * len(asked.time))
                begin[part] = until[part] - length + 1
        stream = np.tile(asked.stream, len(windows))
        edges = self._before(np.tile(stream, 2), np.concatenate([begin, until]))
        left, right = edges[: len(until)], edges[len(until) :]
        size = np.maximum(right - left, 0)
        if not with_own:
            return self._arrived(_expand(left, size))
        own = np.tile(asked.own, len(windows))
        endless = np.repeat([length is None for length, _ in windows], len(asked.time))
        inside = (own >= np.where(endless, NOT_THERE + 1, begin)) & (own < until)
        extra = (~inside & (stream < len(self._state.size))).astype(np.int64)
        return self._arrived(_expand(left, size, extra, len(self._state.time), len(asked.time)))

    def latest(self, delay: int) -> Codes:
        """[q] the last event up to and including t - delay that had arrived; -1 without one."""
        asked, state = self._asked, self._state
        begin = self._begins[asked.stream]
        found = self._before(asked.stream, asked.time - delay + 1) - 1
        arrival = np.append(state.arrival, NOT_THERE)
        late = (found >= begin) & (arrival[found] > asked.time)
        while late.any():
            found = found - late
            late = (found >= begin) & (arrival[found] > asked.time)
        return np.where(found >= begin, found, -1)

    def _before(self, stream: Codes, time: Codes) -> Codes:
        """How many events of the line come before these times of these streams."""
        return self._places.searchsorted(stream * self._turn + self._tick(time))

    def _tick(self, time: Codes) -> Codes:
        if self._moments is not None:
            return np.searchsorted(self._moments, time) + 1
        first = self._first - 1
        return np.minimum(np.maximum(time, first), first + self._turn - 1) - first

    def _arrived(self, picked: Picked) -> Picked:
        asked, state = self._asked, self._state
        if not len(picked.index) or not len(state.arrival):
            return picked
        if state.arrival.max() <= asked.time.min():
            return picked
        arrival = np.append(state.arrival, np.full(len(asked.time), NOT_THERE))
        held = arrival[picked.index] <= asked.time[picked.row % len(asked.time)]
        row = picked.row[held]
        size = np.bincount(row, minlength=len(picked.size))
        return Picked(picked.index[held], row, size)


def _expand(
    left: Codes, size: Codes, extra: Codes | None = None, events: int = 0, rows: int = 1
) -> Picked:
    """extra: where the own event comes last; it has the place of its row after all `events`."""
    held = size if extra is None else size + extra
    row = np.repeat(np.arange(len(held)), held)
    ends = held.cumsum()
    index = np.arange(len(row)) + np.repeat(left - (ends - held), held)
    if extra is not None:
        own = extra.nonzero()[0]
        index[ends[own] - 1] = events + own % rows
    return Picked(index, row, held)
