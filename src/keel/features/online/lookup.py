"""Figures of one table by one kind of entity, from what a store holds of the entities asked for."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.backends.online import Ask, OnlineStore, Span, Stream
from keel.features.events import Rows
from keel.features.figure import AS_OF, Figure
from keel.features.online.batch import read_record
from keel.features.online.earlier import NEVER, known_until
from keel.features.online.find_many import find_many
from keel.features.online.finding import Finding, Wanted
from keel.features.online.layout import SKETCHED, Layout
from keel.features.online.line import read_lines
from keel.features.online.parts import Parts
from keel.features.online.picked import NOT_THERE, Asked
from keel.features.online.read_whole import Whole
from keel.features.online.sketch import objects
from keel.features.online.state import State, as_parts, read_state, state_of
from keel.features.online.tree import (
    BLOCK,
    BLOCK_SKETCHES,
    GROUP,
    GROUP_SKETCH,
    Missing,
    Tree,
    is_long,
)
from keel.features.online.walk import Stretch, Walk, between

Codes = NDArray[np.int64]
Values = NDArray[Any]


@dataclass(frozen=True)
class Question:
    """What rows need of the store. entities, names: [q] of each row, and of its stream; None for
    none. asks: streams, each once. events: [q] the rows' own, empty where they do not matter.
    earlier: of the streams in their order, what their events were before, if that matters."""

    entities: Sequence[str | None]
    names: Sequence[str | None]
    asks: Sequence[Ask]
    events: Sequence[str]
    earlier: Sequence[Ask]


class Lookup:
    """Finds figures, all of one table and one kind of entity."""

    def __init__(
        self,
        store: OnlineStore,
        scope: str,
        layout: Layout,
        kind: str,
        figures: Sequence[Figure],
        *,
        revised: bool,
    ) -> None:
        self._store = store
        self._revised = revised
        self._scope = scope
        self._layout = layout
        self._kind = kind
        self._figures = figures
        self._wanted = Wanted.of(figures)
        self._texts = any(figure.reading in layout.texts for figure in figures)
        self._with_own = any(figure.including_self for figure in figures)
        self._shapes = {_shape(figure, layout): None for figure in figures}
        # Streams that are known to be long are asked at once for the places that matter.
        self._long: set[str] = set()

    def ask(self, rows: Rows) -> Question:
        """What the store is to be asked."""
        entities = rows.entities[self._kind].to_list()
        prefix = self._layout.stream(self._kind, "")
        names = [None if entity is None else prefix + entity for entity in entities]
        time = rows.time.to_list()
        asks = [
            self._ask_long(name, [t for n, t in zip(names, time, strict=True) if n == name])
            if name in self._long
            else Ask(name)
            for name in dict.fromkeys(names)
            if name is not None
        ]
        events: list[str] = []
        if self._with_own and rows.key is not None:
            events = [self._layout.event(key) for key in rows.key.to_list()]
        earlier: list[Ask] = []
        if self._revised:
            known = (entity for entity in dict.fromkeys(entities) if entity is not None)
            earlier = [Ask(self._layout.earlier(self._kind, entity)) for entity in known]
        return Question(entities, names, asks, events, earlier)

    def find(
        self,
        rows: Rows,
        question: Question,
        events: Mapping[str, bytes],
        streams: Sequence[Stream | None],
    ) -> dict[str, Values]:
        """Each column of the figures, [q], from the answer; NaN or None where there is no value."""
        now = len(question.asks)
        found = self._find_now(rows, question, events, streams[:now])
        streamed = (ask.stream for ask in question.asks)
        until = dict(zip(streamed, map(known_until, streams[now:]), strict=False))
        before = [
            row
            for row, (name, time) in enumerate(zip(question.names, rows.time, strict=True))
            if name is not None and until.get(name, NEVER) > time
        ]
        if before:
            for name, values in self.find_many(rows.take(before)).items():
                found[name][before] = _values(values)
        return found

    def find_many(self, rows: Rows) -> dict[str, pl.Series]:
        """The same for many rows, from all that the store holds of their entities."""
        whole = Whole(self._store, self._scope, self._layout, self._kind, revised=self._revised)
        return find_many(whole, self._figures, rows)

    def _find_now(
        self,
        rows: Rows,
        question: Question,
        events: Mapping[str, bytes],
        streams: Sequence[Stream | None],
    ) -> dict[str, Values]:
        """Of the events as they are now."""
        names = question.names
        numbers = {ask.stream: i for i, ask in enumerate(question.asks)}
        asked = Asked(
            np.array([numbers.get(name or "", len(numbers)) for name in names], np.int64),
            rows.time.to_numpy(),
            self._own_times(rows, question, events),
        )
        if not any(map(is_long, streams)):
            return self._find(read_state(streams, self._layout, texts=self._texts), asked, rows)
        found = dict(zip(numbers, streams, strict=True))
        return self._find_apart(found, names, asked, rows)

    def _find(self, state: State, asked: Asked, rows: Rows) -> dict[str, Values]:
        return Finding(self._layout, state, asked, rows, self._wanted).find()

    def _find_apart(
        self,
        streams: Mapping[str, Stream | None],
        names: Sequence[str | None],
        asked: Asked,
        rows: Rows,
    ) -> dict[str, Values]:
        """Rows of long streams each have a state of parts of their own."""
        of_long = [name is not None and is_long(streams[name]) for name in names]
        far = [row for row, apart in enumerate(of_long) if apart]
        near = [row for row, apart in enumerate(of_long) if not apart]
        parts: dict[int, Parts] = {}
        for name in dict.fromkeys(names[row] for row in far):
            if name is not None:
                own = [row for row in far if names[row] == name]
                walked = self._walk(name, streams[name], asked.time[own].tolist())
                parts |= zip(own, walked, strict=True)
        each = Asked(np.arange(len(far)), asked.time[far], asked.own[far])
        state = state_of([parts[row] for row in far])
        if not near:
            return self._find(state, each, rows)
        added = self._find(state, each, rows.take(far))
        short = [None if is_long(stream) else stream for stream in streams.values()]
        held = self._find(
            read_state(short, self._layout, texts=self._texts), _take(asked, near), rows.take(near)
        )
        back = np.argsort(np.concatenate([near, far]))
        return {name: np.concatenate([held[name], added[name]])[back] for name in held}

    def _walk(self, name: str, stream: Stream | None, times: Sequence[int]) -> list[Parts]:
        """What lies in the windows of rows of these times."""
        self._long.add(name)
        places: set[str] = set()
        while True:
            if stream is None or not is_long(stream):
                # It was cleared meanwhile.
                held = read_state([stream], self._layout, texts=True)
                return [as_parts(held)] * len(times)
            try:
                walk = Walk(Tree.of(stream), read_lines(stream.log), self._layout)
                return [walk.parts(self._stretches(time), time) for time in times]
            except Missing as error:
                places |= error.places
                asks = [self._ask_long(name, times, places)]
                (stream,) = self._store.read(self._scope, asks=asks).streams

    def _ask_long(
        self, name: str, times: Sequence[int], more: AbstractSet[str] = frozenset()
    ) -> Ask:
        """All that rows of these times need of a stream of nodes, as far as it can be told before
        it was read. more: places that matter too."""
        stretches = [stretch for time in times for stretch in self._stretches(time)]
        places = {place for stretch in stretches for place in between([stretch])}
        each = [stretch for stretch in stretches if stretch.each]
        if not each:
            return Ask(name, tuple(places | more), (BLOCK, GROUP))
        levels = (BLOCK, GROUP, BLOCK_SKETCHES)
        return Ask(name, tuple(places | more), levels, [Span(GROUP_SKETCH, *between(each))])

    def _stretches(self, time: int) -> list[Stretch]:
        return [
            Stretch(None if length is None else time - back - length + 1, time - back, last, each)
            for length, back, last, each in self._shapes
        ]

    def _own_times(self, rows: Rows, question: Question, events: Mapping[str, bytes]) -> Codes:
        """[q] the time of the row's own event, where it is among those of the row's entity."""
        own = np.full(len(rows), NOT_THERE)
        number = self._layout.entities.index(self._kind)
        asked = zip(question.events, rows.time.to_list(), question.entities, strict=False)
        for i, (name, now, entity) in enumerate(asked):
            if name in events:
                record = read_record(events[name])
                arrival = record.time if record.arrival is None else record.arrival
                if arrival <= now and record.entities[number] == entity:
                    own[i] = record.time
        return own


def _shape(figure: Figure, layout: Layout) -> tuple[int | None, int, tuple[int, int] | None, bool]:
    """What a figure needs of a long stream: its window and how far before the row's time that ends,
    then as in Stretch."""
    last = None
    if figure.name == "last_n":
        last = layout.place(figure.reading), len(figure.columns)
    back = figure.delay_us - (figure.name == AS_OF)
    return figure.window_us, back, last, figure.name in SKETCHED


def _values(column: pl.Series) -> Values:
    return column.to_numpy() if column.dtype == pl.Float64 else objects(column.to_list())


def _take(asked: Asked, rows: list[int]) -> Asked:
    return Asked(asked.stream[rows], asked.time[rows], asked.own[rows])
