"""Which window of time each record falls into, also where clocks jump."""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

LATE = timedelta(hours=1)
"""A record that is at most so much older than the newest one only came late."""

_MICROSECOND = timedelta(microseconds=1)


class WindowClock:
    """Reads times batch by batch and numbers windows of `length`.

    A late record belongs to the window that is open. A record that is older than `LATE` shows that
    the clock was set back: it begins a new window, as every record does that is not in the open
    one. So a wrong time in the future spoils two windows and not all that follow.
    """

    def __init__(self, length: timedelta) -> None:
        self._length = length // _MICROSECOND
        self._late = LATE // _MICROSECOND
        self._newest: int | None = None
        self._window = -1
        self.turned_back = 0

    def read(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """[n] numbers of windows, which never fall, for microseconds since 1970 in UTC."""
        if not len(times):
            return np.empty(0, dtype=np.int64)
        before = int(times[0]) if self._newest is None else self._newest
        newest = np.maximum(np.maximum.accumulate(times), before)
        if (times < newest - self._late).any():
            return np.fromiter(map(self._read, times.tolist()), np.int64, len(times))
        places = newest // self._length
        begins = np.diff(places, prepend=before // self._length) != 0
        begins[0] |= self._newest is None
        numbers = self._window + np.cumsum(begins)
        self._window, self._newest = int(numbers[-1]), int(newest[-1])
        return numbers

    def _read(self, time: int) -> int:
        newest = self._newest
        if newest is not None and time < newest - self._late:
            self.turned_back += 1
            newest = None
        if newest is None or time // self._length > newest // self._length:
            self._window += 1
        self._newest = time if newest is None else max(newest, time)
        return self._window
