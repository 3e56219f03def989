"""Events of one entity as columns, in the order of their (time, key), and as bytes."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keel.features.online.layout import Layout
from keel.features.online.line import VALUES, Line

_HEAD = struct.Struct("<III")


@dataclass(frozen=True, eq=False)
class Columns:
    """n events. time, arrival: [n] in microseconds. numbers: [readings, n], NaN where missing.
    keys, texts: still packed; see `read_keys` and `read_texts`."""

    time: NDArray[np.int64]
    arrival: NDArray[np.int64]
    numbers: NDArray[np.float64]
    keys: bytes
    texts: bytes

    def __len__(self) -> int:
        return len(self.time)

    def read_keys(self) -> list[Any]:
        """Of each event."""
        keys: list[Any] = msgspec.json.decode(self.keys)
        return keys

    def read_texts(self) -> list[list[str | None]]:
        """The values of each text reading."""
        texts: list[list[str | None]] = msgspec.json.decode(self.texts)
        return texts


def write_columns(columns: Columns) -> bytes:
    """As bytes."""
    head = _HEAD.pack(*columns.numbers.shape[::-1], len(columns.keys))
    return b"".join(
        (
            head,
            columns.time.tobytes(),
            columns.arrival.tobytes(),
            columns.numbers.tobytes(),
            columns.keys,
            columns.texts,
        )
    )


def read_columns(data: bytes) -> Columns:
    """What `write_columns` wrote."""
    size, readings, keys = _HEAD.unpack_from(data)
    moments = np.frombuffer(data, np.int64, 2 * size, _HEAD.size).reshape(2, size)
    begin = _HEAD.size + moments.nbytes
    numbers = np.frombuffer(data, np.float64, readings * size, begin).reshape(readings, size)
    begin += numbers.nbytes
    texts = begin + keys
    return Columns(moments[0], moments[1], numbers, data[begin:texts], data[texts:])


def join_columns(one: Columns, other: Columns) -> Columns:
    """The events of one and then those of the other."""
    both = zip(one.read_texts(), other.read_texts(), strict=True)
    return Columns(
        np.concatenate([one.time, other.time]),
        np.concatenate([one.arrival, other.arrival]),
        np.concatenate([one.numbers, other.numbers], axis=1),
        msgspec.json.encode([*one.read_keys(), *other.read_keys()]),
        msgspec.json.encode([[*first, *second] for first, second in both]),
    )


def cut(columns: Columns, begin: int, end: int) -> Columns:
    """Events from `begin` up to `end`."""
    return Columns(
        columns.time[begin:end],
        columns.arrival[begin:end],
        columns.numbers[:, begin:end],
        msgspec.json.encode(columns.read_keys()[begin:end]),
        msgspec.json.encode([text[begin:end] for text in columns.read_texts()]),
    )


def pack(lines: Sequence[Line], layout: Layout, *, whole: bool = True) -> Columns:
    """The same events as columns. whole: with their keys and texts."""
    time, keys, _, arrival, *values = zip(*lines, strict=True) if lines else _nothing(layout)
    numbers = np.empty((len(layout.numbers), len(lines)))
    for i in range(len(layout.numbers)):
        numbers[i] = np.array(values[i], np.float64)
    texts = values[len(layout.numbers) :]
    moments = np.array(time, np.int64)
    if None in arrival:
        arrival = tuple(a if a is not None else t for a, t in zip(arrival, time, strict=True))
    arrivals = np.array(arrival, np.int64)
    if not whole:
        return Columns(moments, arrivals, numbers, b"", b"")
    encode = msgspec.json.encode
    return Columns(moments, arrivals, numbers, encode(keys), encode(texts))


def unpack(columns: Columns) -> list[Line]:
    """The same events as lines."""
    numbers = [
        [None if value != value else value for value in row] for row in columns.numbers.tolist()
    ]
    size = len(columns)
    rows = zip(
        columns.time.tolist(),
        columns.read_keys(),
        [0] * size,
        columns.arrival.tolist(),
        *numbers,
        *columns.read_texts(),
        strict=True,
    )
    return [list(row) for row in rows]


def _nothing(layout: Layout) -> list[tuple[Any, ...]]:
    return [()] * (VALUES + len(layout.numbers) + len(layout.texts))
