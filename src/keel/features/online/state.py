"""Streams as they were read, as the columns of all their events."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

from keel.backends.online import Fold, Stream
from keel.features.online.columns import (
    Columns,
    join_columns,
    pack,
    read_columns,
    unpack,
    write_columns,
)
from keel.features.online.layout import Layout
from keel.features.online.line import ACT, TIME, Line, in_order, read_lines, settle
from keel.features.online.parts import Parts, join, single
from keel.features.online.tree import graft, grow, is_long

FOLDED_AT = 64
"""Lines of a log that are worth to be folded into the rest of their stream."""

SHALLOW = 1024
"""Events that are read all at once."""


@dataclass(frozen=True, eq=False)
class State:
    """The events of s streams, one after the other. size: [s] how many each has. texts: the values
    of each text reading, empty unless they were asked for. parts: where what is held of each is
    several events taken together, all that is known of them; then there is nothing in `numbers`
    and `texts`, and times are of the first event, arrivals of the last."""

    size: NDArray[np.int64]
    time: NDArray[np.int64]
    arrival: NDArray[np.int64]
    numbers: NDArray[np.float64]
    texts: list[list[str | None]]
    parts: Parts | None = None


def state_of(parts: Sequence[Parts]) -> State:
    """The state of rows that have streams of their own."""
    all_parts = join(parts)
    sizes = np.array([len(part) for part in parts], np.int64)
    none = np.empty((0, len(all_parts)))
    return State(sizes, all_parts.begin, all_parts.arrival, none, [], all_parts)


def read_state(streams: Sequence[Stream | None], layout: Layout, *, texts: bool) -> State:
    """texts: whether they are needed."""
    parts = _parts(streams)
    sizes = [sum(len(held) for held in part) for part in parts]
    lines = pack([line for part in parts for line in part[-1]], layout, whole=False)
    held: list[Columns] = []
    begin = 0
    if all(len(part) == 1 for part in parts):
        held.append(lines)
    else:
        for part in parts:
            if len(part) == 2:
                held.append(part[0])
            end = begin + len(part[-1])
            held.append(_slice(lines, begin, end))
            begin = end
    return State(
        np.array(sizes, np.int64),
        np.concatenate([part.time for part in held]),
        np.concatenate([part.arrival for part in held]),
        np.concatenate([part.numbers for part in held], axis=1),
        _texts(parts, layout) if texts else [],
    )


def as_parts(state: State) -> Parts:
    """Each event of a state, whose texts were read, as a part."""
    texts = msgspec.json.encode(state.texts)
    return single(Columns(state.time, state.arrival, state.numbers, b"", texts))


def fold(stream: Stream, layout: Layout) -> Fold:
    """The stream's log folded into its data. Raises Missing."""
    if is_long(stream):
        return graft(stream, read_lines(stream.log), layout)
    (part,) = _parts([stream])
    held = pack(part[-1], layout)
    if len(part) == 2:
        held = join_columns(part[0], held)
    if len(held) > SHALLOW:
        return grow(stream, held, layout)
    return Fold(stream.folds, len(stream.log), stream.lines, write_columns(held))


_Part = tuple[list[Line]] | tuple[Columns, list[Line]]
"""Folded events, where there are some, and lines that come after all of them; both in order."""


def _parts(streams: Sequence[Stream | None]) -> list[_Part]:
    there = [stream for stream in streams if stream is not None]
    lines = read_lines(b"".join([stream.log for stream in there]))
    plain = not any(map(itemgetter(ACT), lines))
    parts: list[_Part] = []
    begin = 0
    for stream in streams:
        if stream is None:
            parts.append(([],))
            continue
        end = begin + stream.lines
        parts.append(_part(stream.data, lines[begin:end], plain))
        begin = end
    return parts


def _part(data: bytes, lines: list[Line], plain: bool) -> _Part:
    lines = in_order(lines) if plain else lines
    if not data:
        return (lines if plain else settle(lines),)
    folded = read_columns(data)
    if plain and (not lines or not len(folded) or folded.time[-1] < lines[0][TIME]):
        return folded, lines
    return (settle(chain(unpack(folded), lines)),)


def _slice(lines: Columns, begin: int, end: int) -> Columns:
    return Columns(
        lines.time[begin:end], lines.arrival[begin:end], lines.numbers[:, begin:end], b"", b""
    )


def _texts(parts: Sequence[_Part], layout: Layout) -> list[list[str | None]]:
    texts: list[list[str | None]] = [[] for _ in layout.texts]
    place = -len(layout.texts)
    for part in parts:
        if len(part) == 2:
            for text, folded in zip(texts, part[0].read_texts(), strict=True):
                text.extend(folded)
        for i, text in enumerate(texts):
            text.extend([line[place + i] for line in part[-1]])
    return texts
