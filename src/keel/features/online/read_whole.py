"""All that a store holds of many entities, as the events that the engine of history works on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from keel.backends.online import Ask, OnlineStore, Span, Stream
from keel.features.events import Events
from keel.features.online.columns import Columns, pack, read_columns, unpack
from keel.features.online.earlier import read_earlier
from keel.features.online.layout import Layout
from keel.features.online.line import ACT, ARRIVAL, GONE, KEY, NEW, TIME, VALUES, Line, read_lines
from keel.features.online.tree import BLOCK, END, GROUP, Tree, is_long

READ_AT_ONCE = 1_000
"""Streams that are read as of one moment."""

MOST_EVENTS = 4_000_000
"""That are held at once; of a single stream they may be more."""


@dataclass(frozen=True)
class Whole:
    """Reads the events of one table by one kind of entity. revised: with what was known of them
    before they changed."""

    store: OnlineStore
    scope: str
    layout: Layout
    kind: str
    revised: bool

    def read(self, entities: pl.Series) -> Iterator[tuple[pl.Series, Events]]:
        """Some of the entities, and all their events, in any order, until all were there.

        entities: texts, each once; a missing one has no events.
        """
        begin, held = 0, _Held(self.layout)
        for end in range(READ_AT_ONCE, len(entities) + READ_AT_ONCE, READ_AT_ONCE):
            some = entities[end - READ_AT_ONCE : end].drop_nulls().to_list()
            for entity, pieces, log in self._streams(some, self.layout.stream):
                held.add(entity, pieces, log)
            if self.revised:
                for entity, pieces, log in self._streams(some, self.layout.earlier):
                    held.add_earlier(entity, pieces, log)
            if len(held) >= MOST_EVENTS or end >= len(entities):
                yield entities[begin:end], held.events(self.kind)
                begin, held = end, _Held(self.layout)

    def _streams(
        self, entities: Sequence[str], name: Callable[[str, str], str]
    ) -> Iterator[tuple[str, list[Columns], bytes]]:
        """Those that are there: whose, the folded events, and the log."""
        asks = [Ask(name(self.kind, entity)) for entity in entities]
        streams = self.store.read(self.scope, asks=asks).streams
        for entity, ask, stream in zip(entities, asks, streams, strict=True):
            if stream is not None:
                yield entity, *self._with_nodes(ask, stream)

    def _with_nodes(self, ask: Ask, stream: Stream) -> tuple[list[Columns], bytes]:
        if not is_long(stream):
            return [read_columns(stream.data)] if stream.data else [], stream.log
        spans = [Span(level, "", END) for level in (BLOCK, GROUP)]
        (found,) = self.store.read(self.scope, asks=[Ask(ask.stream, spans=spans)]).streams
        if found is None or not is_long(found):
            # It was cleared meanwhile.
            return [], b""
        return Tree.of(found).every_block(), found.log


@dataclass(eq=False)
class _Held:
    """Events of some entities, piece by piece. owners, sizes: whose the events of each piece are,
    and how many; lines come after all pieces, each with its owner. changes: of events that were
    something else before, when that was no more; of nobody, and before all, so that of equal
    arrivals what was known next is the later."""

    layout: Layout
    owners: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    pieces: list[Columns] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    texts: list[list[str | None]] = field(init=False)
    lines: list[Line] = field(default_factory=list)
    line_owners: list[str] = field(default_factory=list)
    changes: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts = [[] for _ in self.layout.texts]

    def __len__(self) -> int:
        return len(self.keys) + len(self.lines)

    def add(self, owner: str, pieces: list[Columns], log: bytes) -> None:
        """The events of one more: those of the pieces, but for what the log says of them."""
        lines = read_lines(log)
        # What was said last of an event is what it is.
        last = {line[KEY]: line for line in lines}
        changed = last.keys() if any(line[ACT] != NEW for line in lines) else ()
        for piece in pieces:
            keys, texts = piece.read_keys(), piece.read_texts()
            if changed:
                kept = [i for i, key in enumerate(keys) if key not in changed]
                piece = _take(piece, kept)
                keys, *texts = ([values[i] for i in kept] for values in (keys, *texts))
            self.owners.append(owner)
            self.sizes.append(len(keys))
            self.pieces.append(piece)
            self.keys += keys
            for text, said in zip(self.texts, texts, strict=True):
                text += said
        there = [line for line in last.values() if line[ACT] != GONE]
        self.lines += there
        self.line_owners += [owner] * len(there)

    def add_earlier(self, owner: str, pieces: list[Columns], log: bytes) -> None:
        """What was known of events of one more before they changed."""
        lines = [*(line for piece in pieces for line in unpack(piece)), *read_lines(log)]
        for line in {line[KEY]: line for line in lines}.values():
            key, arrival, values = read_earlier(line)
            self.lines.append([line[TIME], key, NEW, arrival, *values])
            self.line_owners.append(owner)
            gone = line[ARRIVAL]
            self.changes.append([gone, key, NEW, gone, *[None] * len(values)])

    def events(self, kind: str) -> Events:
        """All of them."""
        layout = self.layout
        changes, lines = (pack(some, layout, whole=False) for some in (self.changes, self.lines))
        every = [changes, *self.pieces, lines]
        numbers = np.concatenate([piece.numbers for piece in every], axis=1)
        first = VALUES + len(layout.numbers)
        texts = [
            [*[None] * len(changes), *text, *(line[first + i] for line in self.lines)]
            for i, text in enumerate(self.texts)
        ]
        readings = [pl.Series(values, nan_to_null=True) for values in numbers]
        readings += [pl.Series(text, dtype=pl.String) for text in texts]
        before, after = ([line[KEY] for line in some] for some in (self.changes, self.lines))
        keys = [*before, *self.keys, *after]
        owners = pl.Series([None, *self.owners, *self.line_owners], dtype=pl.String)
        sizes = [len(changes), *self.sizes, *[1] * len(self.lines)]
        return Events(
            pl.Series("key", keys, dtype=None if keys else pl.String),
            pl.Series("time", np.concatenate([piece.time for piece in every])),
            {kind: owners.gather(np.repeat(np.arange(len(sizes)), sizes))},
            dict(zip((*layout.numbers, *layout.texts), readings, strict=True)),
            pl.Series("arrival", np.concatenate([piece.arrival for piece in every])),
        )


def _take(columns: Columns, places: Sequence[int]) -> Columns:
    """Those events, without their keys and texts."""
    at = np.array(places, np.int64)
    return Columns(columns.time[at], columns.arrival[at], columns.numbers[:, at], b"", b"")
