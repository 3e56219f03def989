"""Figures of events as they come in, without a look back at all of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.backends.online import Ask, Change, OnlineStore, Stream
from keel.errors import EnvironmentFailure
from keel.features.events import Events, Rows
from keel.features.figure import Figure
from keel.features.online.batch import (
    Batch,
    Record,
    changed_lines,
    new_lines,
    read_batch,
    read_record,
)
from keel.features.online.finding import as_series
from keel.features.online.layout import Layout, digest, lay_out
from keel.features.online.lookup import Lookup
from keel.features.online.state import FOLDED_AT, fold
from keel.features.online.tree import END, Missing, levels

TRIES = 50
"""How often a write starts again because another process changed the same events meanwhile."""

OF_HISTORY = b" "
"""What came from a table begins so, which JSON does not mind; what came in live does not."""

FILLED_AT_ONCE = 25_000
"""Twice as quick as 5,000, since each stream is touched less often; who writes meanwhile waits for
one such part, up to a second."""

KEPT_BYTES = 2**24

MANY = 4_000
"""Rows for which it is quicker to read all that is there of their entities than what lies in the
windows of each."""


class Overtaken(Exception):
    """An event changed while something was made of what it had been: make it again."""


@dataclass(frozen=True)
class Written:
    """How many events were new, replaced what they were before, or were there already."""

    new: int
    changed: int
    repeated: int


class OnlineFeatures:
    """The figures of one definition, kept in one store.

    scope: names the system and the hash of its feature definition; the state of another scope, or
    of other figures, is never touched. Any number of processes may write and read at once.
    """

    def __init__(
        self,
        store: OnlineStore,
        scope: str,
        figures: Sequence[Figure],
        *,
        revised: Collection[str] = (),
    ) -> None:
        """revised: tables whose rows say when they arrived, so that what was known of an event
        before it changed is known as of then."""
        _keep_freed_memory()
        self._store = store
        self._figures = tuple(figures)
        self._layouts = lay_out(figures)
        self._scope = f"{scope}/{digest(self._layouts)}"
        asked: dict[tuple[str, str], list[Figure]] = {}
        for figure in figures:
            asked.setdefault((figure.reading.table, figure.entity), []).append(figure)
        self._lookups = [
            Lookup(store, self._scope, self._layouts[table], kind, wanted, revised=table in revised)
            for (table, kind), wanted in asked.items()
        ]

    @property
    def scope(self) -> str:
        """What its state is kept under."""
        return self._scope

    def write(
        self,
        table: str,
        events: Events,
        payloads: Sequence[bytes],
        before: Mapping[str, bytes] | None = None,
    ) -> Written:
        """Take events in, all or none; they are durable, and seen by all, when this returns.

        An event with a known key replaces what it was, unless its payload is the same, or it
        arrived earlier: then nothing changes. Of rows of one key the last to arrive says what it
        is, and the others, where they say when they arrived, what was known before: what was
        written of an event comes along with what changes it. before: the payloads that these were
        made from, by key, if they were. Raises Overtaken, and nothing is written, when one of those
        is another by now; EnvironmentFailure when the store is away.
        """
        return self._write(self._layouts[table], events, payloads, keep=False, before=before)

    def fill(self, table: str, events: Events, payloads: Sequence[bytes]) -> None:
        """Take history in, while others may write: an event that came in live is kept, one of an
        earlier history is now what this one says.

        When it dies half-way, do it again.
        """
        payloads = [OF_HISTORY + payload for payload in payloads]
        layout = self._layouts[table]
        if events.key.n_unique() < len(events):
            places = _of_one_key_together(events)
            events, payloads = events.take(places), [payloads[i] for i in places]
        # Rows of one key go in together.
        first = np.flatnonzero(events.key.rle_id().diff().fill_null(1).to_numpy())
        edges = [*first[::FILLED_AT_ONCE].tolist(), len(events)]
        for begin, end in pairwise(edges):
            part = events.slice(begin, end - begin)
            self._write(layout, part, payloads[begin:end], keep=True)

    def every_live(self, table: str) -> Iterator[tuple[str, bytes]]:
        """The keys of all events of a table that came in live, and what they were last written
        as."""
        prefix = self._layouts[table].event("")
        for name, value in self._store.every_event(self._scope):
            if name.startswith(prefix):
                payload = read_record(value).payload
                if not payload.startswith(OF_HISTORY):
                    yield name.removeprefix(prefix), payload

    def payloads(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        """What events were last written as, by their key; without those that are not there. Those
        of history begin with a space."""
        names = {self._layouts[table].event(key): key for key in keys}
        found = self._store.read(self._scope, list(names)).events
        return {names[name]: read_record(value).payload for name, value in found.items()}

    def figures(self, rows: Rows) -> dict[str, pl.Series]:
        """Each column of the figures, for rows in any order, of the events written so far that had
        arrived by the row's time. An event that was replaced is only known as it is now, but for
        tables whose rows say when they arrived."""
        if len(rows) >= MANY:
            return self._figures_of_many(rows)
        found: dict[str, NDArray[Any]] = {}
        questions = [lookup.ask(rows) for lookup in self._lookups]
        events = [name for question in questions for name in question.events]
        asks = [ask for question in questions for ask in (*question.asks, *question.earlier)]
        held = self._store.read(self._scope, list(dict.fromkeys(events)), asks)
        begin = 0
        for lookup, question in zip(self._lookups, questions, strict=True):
            end = begin + len(question.asks) + len(question.earlier)
            found |= lookup.find(rows, question, held.events, held.streams[begin:end])
            begin = end
        return as_series({c: found[c] for figure in self._figures for c in figure.columns})

    def _figures_of_many(self, rows: Rows) -> dict[str, pl.Series]:
        many: dict[str, pl.Series] = {}
        for lookup in self._lookups:
            many |= lookup.find_many(rows)
        return {c: many[c] for figure in self._figures for c in figure.columns}

    def mark_ready(self) -> None:
        """Say that all history is in."""
        self._store.mark(self._scope)

    @property
    def ready(self) -> bool:
        """Whether all history is in."""
        return self._store.is_marked(self._scope)

    def _write(
        self,
        layout: Layout,
        events: Events,
        payloads: Sequence[bytes],
        *,
        keep: bool,
        before: Mapping[str, bytes] | None = None,
    ) -> Written:
        batch = read_batch(layout, events, payloads)
        inside = len(events) - len(batch)
        change = Change(
            list(zip(batch.names, batch.records, strict=True)),
            appended=new_lines(layout, batch),
        )
        written = Written(len(batch), 0, inside)
        seen = None
        if before is not None:
            seen = {layout.event(key): payload for key, payload in before.items()}
        for _ in range(TRIES):
            lines = self._store.write(self._scope, change)
            if lines is not None:
                self._fold(layout, [name for name, size in lines.items() if size >= FOLDED_AT])
                return written
            change, written = self._compare(layout, batch, inside, seen, keep=keep)
        raise EnvironmentFailure(
            f"other processes changed the same {len(batch)} events {TRIES} times while they were "
            "written: send them again"
        )

    def _compare(
        self,
        layout: Layout,
        batch: Batch,
        inside: int,
        seen: Mapping[str, bytes] | None,
        *,
        keep: bool,
    ) -> tuple[Change, Written]:
        """What there is to write, given what is there."""
        known = self._store.read(self._scope, batch.names).events
        added, replaced = [], {}
        places: list[int] = []
        olds: list[Record | None] = []
        for i, (name, value) in enumerate(zip(batch.names, batch.records, strict=True)):
            held = known.get(name)
            old = None if held is None else read_record(held)
            if seen is not None and seen.get(name) != (None if old is None else old.payload):
                raise Overtaken(f"{name} is another by now")
            if held is None:
                added.append((name, value))
            elif old is not None and _replaces(read_record(value), old, keep=keep):
                replaced[name] = (held, value)
            else:
                continue
            places.append(i)
            olds.append(old)
        appended = changed_lines(layout, batch.take(places), olds)
        repeated = len(batch) - len(places) + inside
        change = Change(added, replaced, appended)
        return change, Written(len(added), len(replaced), repeated)

    def _fold(self, layout: Layout, names: Sequence[str]) -> None:
        if not names:
            return
        asks = [Ask(name, (END,), levels(layout)) for name in names]
        streams = self._store.read(self._scope, asks=asks).streams
        for name, stream in zip(names, streams, strict=True):
            self._fold_one(layout, name, stream)

    def _fold_one(self, layout: Layout, name: str, stream: Stream | None) -> None:
        places = {END}
        while stream is not None and stream.lines >= FOLDED_AT:
            try:
                folded = fold(stream, layout)
            except Missing as error:
                places |= error.places
                asks = [Ask(name, tuple(places), levels(layout))]
                (stream,) = self._store.read(self._scope, asks=asks).streams
                continue
            # Where another process folded it meanwhile, nothing is left to do.
            self._store.write(self._scope, Change(folded={name: folded}))
            return


def _keep_freed_memory() -> None:
    # The C library gives what is freed back to the system, and gets it again page by page: for a
    # hundred entities that takes as long as all the rest. Once it has seen a block of this size
    # freed, it keeps up to twice as much. The pages of this one are never touched.
    np.empty(KEPT_BYTES, np.uint8)


def _replaces(new: Record, old: Record, *, keep: bool) -> bool:
    if new.payload == old.payload or (keep and not old.payload.startswith(OF_HISTORY)):
        return False
    if keep:
        return True
    return new.arrival is None or old.arrival is None or new.arrival >= old.arrival


def _of_one_key_together(events: Events) -> NDArray[np.int64]:
    """Places of rows in the order in which their keys first come."""
    first = pl.DataFrame({"key": events.key}).select(pl.int_range(pl.len()).min().over("key"))
    return np.argsort(first.to_series().to_numpy(), kind="stable")
