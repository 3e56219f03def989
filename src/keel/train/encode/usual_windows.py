"""What windows of a log usually hold, kept so that an alert can say what was expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.train.matrix import Sequences

Float32 = NDArray[np.float32]
Integers = NDArray[np.int32]

OUTER = 0.005
"""Share of the windows beyond either end of a usual count."""

MOST_STEPS = 20_000
"""Pairs of events that are kept, the commonest."""


@dataclass(frozen=True, eq=False)
class Usual:
    """mean, low, high: [known] counts in a window of each id from 1 on. windows: how many there
    were. before, after, times: [k] how often one id came right after another, sorted; 0 is the
    start and the end of a window."""

    mean: Float32
    low: Float32
    high: Float32
    windows: int
    before: Integers
    after: Integers
    times: Integers

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as `read_usual` reads it."""
        return {
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            "windows": np.array([self.windows], dtype=np.int32),
            "before": self.before,
            "after": self.after,
            "times": self.times,
        }

    def chance(self, before: int, after: int) -> float:
        """The share of what followed `before` that was `after`; at most half a time if it never
        was."""
        total = self._totals.get(before, 0)
        return max(self._steps.get((before, after), 0), 0.5) / (total + 1)

    def followers(self, before: int, most: int = 3) -> list[tuple[int, float]]:
        """The ids that usually follow, the likeliest first, with their shares."""
        rows = np.flatnonzero(self.before == before)
        rows = rows[np.argsort(-self.times[rows], kind="stable")][:most]
        total = self._totals.get(before, 1)
        return [(int(self.after[row]), float(self.times[row]) / total) for row in rows]

    def leaders(self, after: int, most: int = 3) -> list[tuple[int, float]]:
        """The ids that usually come before, the same way."""
        rows = np.flatnonzero(self.after == after)
        rows = rows[np.argsort(-self.times[rows], kind="stable")][:most]
        total = max(int(self.times[self.after == after].sum()), 1)
        return [(int(self.before[row]), float(self.times[row]) / total) for row in rows]

    @cached_property
    def _steps(self) -> Mapping[tuple[int, int], int]:
        pairs = zip(self.before.tolist(), self.after.tolist(), strict=True)
        return dict(zip(pairs, self.times.tolist(), strict=True))

    @cached_property
    def _totals(self) -> Mapping[int, int]:
        ids, place = np.unique(self.before, return_inverse=True)
        totals = np.bincount(place, weights=self.times)
        return dict(zip(ids.tolist(), totals.astype(int).tolist(), strict=True))


def fit_usual(sequences: Sequences) -> Usual:
    """From the windows that were fitted on."""
    windows = len(sequences)
    counts = sequences.counts.tocsc()
    table = np.zeros((3, sequences.known), dtype=np.float32)
    for identity in range(1, sequences.known + 1):
        part = slice(counts.indptr[identity], counts.indptr[identity + 1])
        table[:, identity - 1] = _usual_count(counts.data[part], windows)
    before, after, times = _steps(sequences)
    return Usual(table[0], table[1], table[2], windows, before, after, times)


def read_usual(arrays: Mapping[str, NDArray[Any]]) -> Usual:
    """What `arrays` gave."""
    names = ("mean", "low", "high", "windows", "before", "after", "times")
    mean, low, high, windows, before, after, times = (arrays[name] for name in names)
    return Usual(mean, low, high, int(windows[0]), before, after, times)


def _usual_count(present: Float32, windows: int) -> tuple[float, float, float]:
    """The mean and the outer quantiles of a count, of which only those above 0 are given."""
    absent = windows - len(present)
    rising = np.sort(present)

    def at(place: int) -> float:
        return float(rising[place - absent]) if place >= absent else 0.0

    low, high = int(OUTER * windows), windows - 1 - int(OUTER * windows)
    return float(present.sum()) / max(windows, 1), at(low), at(high)


def _steps(sequences: Sequences) -> tuple[Integers, Integers, Integers]:
    """How often each pair of neighbours occurs, the ends of windows being 0."""
    lengths = np.diff(sequences.starts)
    line = np.zeros(int((lengths + 1).sum()) + 1, dtype=np.int64)
    place = np.arange(len(sequences.ids)) + np.repeat(np.arange(len(lengths)), lengths) + 1
    line[place] = sequences.ids
    width = sequences.width
    pairs, times = np.unique(line[:-1] * width + line[1:], return_counts=True)
    real = pairs != 0
    pairs, times = pairs[real], times[real]
    kept = np.sort(np.argsort(-times, kind="stable")[:MOST_STEPS])
    found = (pairs[kept] // width, pairs[kept] % width, times[kept])
    before, after, counted = (values.astype(np.int32) for values in found)
    return before, after, counted
