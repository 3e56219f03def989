"""Stretches of a stream, each by what figures need of all its events together."""

import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keel.features.online.columns import Columns
from keel.features.online.exact_sum import add, less_centre, sum_runs
from keel.features.online.sketch import are_told, objects

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[Any]

TOTAL, ERROR, SPREAD, LEAST, GREATEST, FIRST, LAST, LATEST = range(8)
"""Of the known numbers of a part: their sum in two doubles, what the second adds to the first; the
sum of the squares of how far they are from their mean; and of all, known or not, the latest."""
NUMBERS = 8
FIRST_TEXT, LAST_TEXT, LATEST_TEXT = range(3)
TEXTS = 3

NEVER = int(np.iinfo(np.int64).min)
_HEAD = struct.Struct("<IIII")


@dataclass(frozen=True, eq=False)
class Sketched:
    """Parts with sketches. part: [k] each of them, and which: [k] its sketch. sketches: each once,
    though rows of one entity have parts in common."""

    part: Codes
    which: Codes
    sketches: list[bytes]


@dataclass(frozen=True, eq=False)
class Parts:
    """m parts in their order. A single event is a part too.

    begin: [m] the time of the first event. arrival: [m] the last. events: [m] how many. count,
    last_time: [m, readings] known values, and the time of the last; numbers before texts. numbers:
    [m, numbers, NUMBERS]. texts: [m, text readings, TEXTS] objects. names: [m] places; none for
    single events. sketches: [m] how often values occur, of those of several events, if it is
    needed; empty if of none.
    """

    begin: Codes
    arrival: Codes
    events: Codes
    count: Codes
    last_time: Codes
    numbers: Floats
    texts: Texts
    names: list[str]
    sketches: list[bytes | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.begin)

    @cached_property
    def sketched(self) -> Sketched:
        """Which parts have sketches, and these."""
        places = [number for number, made in enumerate(self.sketches) if made is not None]
        each = [made for made in self.sketches if made is not None]
        distinct = {id(made): made for made in each}
        numbers = dict(zip(distinct, count(), strict=False))
        which = np.array([numbers[id(made)] for made in each], np.int64)
        return Sketched(np.array(places, np.int64), which, list(distinct.values()))

    def find(self, place: str) -> int:
        """The part in which a place lies: the last whose name is not greater."""
        return max(bisect_right(self.names, place) - 1, 0)

    def take(self, begin: int, end: int) -> "Parts":
        """Parts from `begin` up to `end`."""
        at = slice(begin, end)
        return Parts(
            self.begin[at],
            self.arrival[at],
            self.events[at],
            self.count[at],
            self.last_time[at],
            self.numbers[at],
            self.texts[at],
            self.names[at],
            self.sketches[at],
        )


def join(parts: Sequence[Parts]) -> Parts:
    """All of them, one after the other."""
    if len(parts) == 1:
        return parts[0]
    sketches: list[bytes | None] = []
    if any(part.sketches for part in parts):
        sketches = [made for part in parts for made in part.sketches or [None] * len(part)]
    return Parts(
        np.concatenate([part.begin for part in parts]),
        np.concatenate([part.arrival for part in parts]),
        np.concatenate([part.events for part in parts]),
        np.concatenate([part.count for part in parts]),
        np.concatenate([part.last_time for part in parts]),
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.texts for part in parts]),
        [name for part in parts for name in part.names],
        sketches,
    )


def single(columns: Columns) -> Parts:
    """Each event as a part."""
    size = len(columns)
    told = columns.read_texts()
    values = columns.numbers.T
    known = values == values
    numbers = np.empty((*values.shape, NUMBERS))
    numbers[:] = values[:, :, None]
    numbers[:, :, TOTAL] = np.where(known, values, 0.0)
    numbers[:, :, (ERROR, SPREAD)] = 0.0
    texts = objects([text for each in told for text in each]).reshape(len(told), size).T
    count = np.concatenate([known, are_told(texts)], axis=1).astype(np.int64)
    return Parts(
        columns.time,
        columns.arrival,
        np.ones(size, np.int64),
        count,
        np.repeat(columns.time[:, None], count.shape[1], axis=1),
        numbers,
        np.repeat(texts[:, :, None], TEXTS, axis=2),
        [],
    )


def merge(parts: Parts, name: str) -> Parts:
    """All of them as one."""
    shift = parts.numbers.shape[1]
    held = np.flatnonzero(parts.events)
    if not len(held):
        return _nothing(shift, parts.count.shape[1], name)
    known = parts.count > 0
    last_time = np.where(known, parts.last_time, NEVER).max(axis=0)
    latest = int(held[-1])
    numbers = [
        _merge_numbers(parts.numbers[:, i], parts.count[:, i], parts.numbers[latest, i, LATEST])
        for i in range(shift)
    ]
    texts = [
        _merge_texts(parts.texts[:, i], parts.count[:, shift + i], latest)
        for i in range(parts.count.shape[1] - shift)
    ]
    return Parts(
        parts.begin[held[:1]],
        parts.arrival.max(keepdims=True),
        parts.events.sum(keepdims=True),
        parts.count.sum(axis=0, keepdims=True),
        last_time[None],
        np.array(numbers).reshape(1, shift, NUMBERS),
        np.array(texts, object).reshape(1, -1, TEXTS),
        [name],
    )


def moments(numbers: Floats, count: Codes, centre: Floats) -> tuple[Floats, Floats]:
    """[m] what the values of each part are beyond `centre` in sum, and the sum of its squares.

    numbers: [m, NUMBERS]. Each part has its squares around its own mean, which is near to all of
    them, so that nothing cancels. Source: Chan, Golub and LeVeque 1983, Algorithms for computing
    the sample variance, equation 2.1.
    """
    away = less_centre(numbers[:, TOTAL], numbers[:, ERROR], count, centre)
    return away, numbers[:, SPREAD] + away * away / np.maximum(count, 1)


def write_parts(parts: Parts) -> bytes:
    """As bytes."""
    head = _HEAD.pack(len(parts), parts.count.shape[1], parts.numbers.shape[1], 0)
    codes = [parts.begin, parts.arrival, parts.events, parts.count, parts.last_time]
    rest = msgspec.json.encode([parts.names, parts.texts.ravel().tolist()])
    return b"".join((head, *(code.tobytes() for code in codes), parts.numbers.tobytes(), rest))


def read_parts(data: bytes) -> Parts:
    """What `write_parts` wrote."""
    size, readings, numbers, _ = _HEAD.unpack_from(data)
    codes = np.frombuffer(data, np.int64, (3 + 2 * readings) * size, _HEAD.size)
    begin = _HEAD.size + codes.nbytes
    floats = np.frombuffer(data, np.float64, size * numbers * NUMBERS, begin)
    names, texts = msgspec.json.decode(data[begin + floats.nbytes :])
    middle = (3 + readings) * size
    begins, arrivals, events = codes[: 3 * size].reshape(3, size)
    return Parts(
        begins,
        arrivals,
        events,
        codes[3 * size : middle].reshape(size, readings),
        codes[middle:].reshape(size, readings),
        floats.reshape(size, numbers, NUMBERS),
        objects(texts).reshape(size, readings - numbers, TEXTS),
        names,
    )


def _nothing(numbers: int, readings: int, name: str) -> Parts:
    none = np.zeros(1, np.int64)
    found = np.full((1, numbers, NUMBERS), np.nan)
    found[:, :, (TOTAL, ERROR, SPREAD)] = 0.0
    texts = np.full((1, readings - numbers, TEXTS), None, object)
    count = np.zeros((1, readings), np.int64)
    return Parts(none, none + NEVER, none, count, count + NEVER, found, texts, [name])


def _merge_numbers(numbers: Floats, count: Codes, latest: float) -> list[float]:
    held = count > 0
    if not held.any():
        return [0.0, 0.0, 0.0, *[np.nan] * 4, latest]
    known, counts = numbers[held], count[held]
    start = np.zeros(1, np.int64)
    total, lost = sum_runs(known[:, TOTAL], start)
    total, lost = add(total, lost + known[:, ERROR].sum())
    centre = np.repeat(total / counts.sum(), len(known))
    first, second = moments(known, counts, centre)
    spread = second.sum() - first.sum() ** 2 / counts.sum()
    return [
        float(total[0]),
        float(lost[0]),
        float(max(spread, 0.0)),
        known[:, LEAST].min(),
        known[:, GREATEST].max(),
        known[0, FIRST],
        known[-1, LAST],
        latest,
    ]


def _merge_texts(texts: Texts, count: Codes, latest: int) -> list[str | None]:
    held = np.flatnonzero(count)
    first = texts[held[0], FIRST_TEXT] if len(held) else None
    last = texts[held[-1], LAST_TEXT] if len(held) else None
    return [first, last, texts[latest, LATEST_TEXT]]
