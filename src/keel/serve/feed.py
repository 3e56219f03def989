"""Takes in events as they come: new ones, retries, and what became known later of one."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

import msgspec
import polars as pl

from keel.data.conform import conform_counted
from keel.errors import RequestError
from keel.features.online.online_features import OnlineFeatures, Overtaken
from keel.features.plan import FeaturePlan
from keel.features.read_events import EventReader
from keel.features.tables import EventTable, micros
from keel.serve.rows import RequestRows, describe, frame_of_inputs
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.train.export.signature import describe_input

EARLY = timedelta(days=1)
"""Clocks differ; the time of an event that is further ahead of now than this is wrong."""

Row = dict[str, Any]

NO_TIME = "which is no time"

_NESTED = {list, dict}


@dataclass(frozen=True)
class Refused:
    """A row that is no event, by its number, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class Taken:
    """new, changed, repeated: how many events were new, became something else, or were there
    already. refused: rows that were not taken. ignored: columns that the table does not have.
    unread: of each column how many values of events were not of its kind, and count as missing."""

    new: int
    changed: int
    repeated: int
    refused: tuple[Refused, ...]
    ignored: tuple[str, ...]
    unread: Mapping[str, int]


@dataclass(frozen=True)
class _Event:
    """What is known of an event, and the number of the row that said the last of it. payload: as
    it is kept."""

    row: int
    values: Row
    payload: bytes


class Feed:
    """Takes rows of declared tables into the online state of the features of one plan."""

    def __init__(self, plan: FeaturePlan, online: OnlineFeatures, missing: frozenset[str]) -> None:
        """missing: texts that stand for nothing, beside the usual ones."""
        self._online = online
        self._missing = missing
        self.first = plan.events.name
        names = dict.fromkeys(figure.reading.table for figure in plan.figures)
        self._readers = {n: EventReader.of(plan.tables[n], plan.figures) for n in names}

    @property
    def scope(self) -> str:
        """The state that it writes to."""
        return self._online.scope

    @property
    def tables(self) -> frozenset[str]:
        """Those that features are taken from."""
        return frozenset(self._readers)

    def take(self, table: str | None, rows: Sequence[Row], now: datetime) -> Taken:
        """Take rows in; those that are events are durable, and seen by all, when this returns.

        table: None for the first of the declaration. A row of a known key changes what it names of
        its event; one without a time is of now. Raises RequestError for a table that no feature is
        taken from, EnvironmentFailure when the store is away.
        """
        return self._take(self._reader(table or self.first), rows, now, known_wins=False)

    def complete(self, table: str, rows: Sequence[Row], now: datetime) -> Taken:
        """The same, but rows only say of known events what nobody said yet."""
        return self._take(self._reader(table), rows, now, known_wins=True)

    def _take(
        self, reader: EventReader, rows: Sequence[Row], now: datetime, *, known_wins: bool
    ) -> Taken:
        """Where arrivals are told, what is said of one event several times is taken one after the
        other: each was known until the next."""
        parts = _rounds(rows, reader.table)
        if len(parts) == 1:
            return self._until_written(reader, rows, now, known_wins=known_wins)
        taken = [
            _at_places(
                self._until_written(reader, [rows[i] for i in part], now, known_wins=known_wins),
                part,
            )
            for part in parts
        ]
        return reduce(_together, taken)

    def _until_written(
        self, reader: EventReader, rows: Sequence[Row], now: datetime, *, known_wins: bool
    ) -> Taken:
        while True:
            try:
                return self._try(reader, rows, now, known_wins=known_wins)
            except Overtaken:
                # Somebody else changed one of these events since it was read here.
                continue

    def _try(
        self, reader: EventReader, rows: Sequence[Row], now: datetime, *, known_wins: bool
    ) -> Taken:
        names = set(reader.table.names)
        ignored = tuple(dict.fromkeys(name for row in rows for name in row if name not in names))
        table = reader.table
        events, refused, before = self._merge(reader, rows, _micros(now), known_wins=known_wins)
        typed = self._typed([event.values for event in events], table, reader.reads)
        frame = typed.frame
        problems = _problems(events, frame, reader, _micros(now + EARLY))
        refused += [Refused(events[i].row, problem) for i, problem in problems.items()]
        refused.sort(key=lambda one: one.row)
        if problems:
            kept = [i for i in range(len(events)) if i not in problems]
            events, frame = [events[i] for i in kept], frame[kept]
        if not events:
            return Taken(0, 0, 0, tuple(refused), ignored, typed.unread)
        payloads = [event.payload for event in events]
        earlier: list[bytes] = []
        if table.arrived is not None and before:
            # What was known of them stays known of the time until now.
            earlier = list(before.values())
            known = [msgspec.json.decode(payload) for payload in earlier]
            frame = pl.concat([self._typed(known, table, reader.reads).frame, frame])
        done = self._online.write(table.name, reader.read(frame), [*earlier, *payloads], before)
        counts = (done.new, done.changed, done.repeated - len(earlier))
        return Taken(*counts, tuple(refused), ignored, typed.unread)

    def _reader(self, name: str) -> EventReader:
        if name not in self._readers:
            near = did_you_mean(name, self._readers)
            raise RequestError(f"no feature is taken from rows of {name!r}: {near}")
        return self._readers[name]

    def _merge(
        self, reader: EventReader, rows: Sequence[Row], now_us: int, *, known_wins: bool
    ) -> tuple[list[_Event], list[Refused], dict[str, bytes]]:
        """Each event as it is known now: what was known of it, and what the rows say since; and
        what was known as it is kept."""
        table = reader.table
        refused = [Refused(i, problem) for i, problem in _nested(rows, table).items()]
        numbers: Sequence[int] = range(len(rows))
        if refused:
            odd = {one.row for one in refused}
            numbers = [i for i in numbers if i not in odd]
            rows = [rows[i] for i in numbers]
        # What is known of an entity is told apart by its time, too.
        rows = [_timed(row, table, now_us) for row in rows] if table.of else rows
        keys = self._keys(reader, rows)
        held = self._online.payloads(table.name, [key for key in keys if key is not None])
        before = {key: msgspec.json.decode(payload) for key, payload in held.items()}
        kept = dict(before)
        events: dict[str, _Event] = {}
        for number, row, key in zip(numbers, rows, keys, strict=True):
            if key is None:
                refused.append(Refused(number, f"it has no {table.key}, which tells events apart"))
                continue
            known = before.get(key)
            # A key may be written as a number or as a text, and means the same event.
            told_already: Collection[str] = () if known is None else reader.tells_apart
            if known is not None and known_wins:
                told_already = known
            said = {n: row[n] for n in table.names if n in row and n not in told_already}
            values = _timed(said, table, now_us) if known is None else {**known, **said}
            # What says nothing new is kept as it is, and so found to be repeated.
            same = key in kept and values == kept[key]
            arrived = None if same or known_wins else table.arrived
            if arrived is not None and arrived not in said:
                values[arrived] = now_us
            payload = held[key] if same else msgspec.json.encode(values, order="sorted")
            before[key] = values
            events[key] = _Event(number, values, payload)
        return list(events.values()), refused, held

    def _keys(self, reader: EventReader, rows: Sequence[Row]) -> list[str | None]:
        table = reader.table
        if table.key is None:
            return [None] * len(rows)
        frame = self._typed(rows, table, reader.tells_apart).frame
        given = frame[table.key].is_not_null()
        pairs = zip(reader.keys(frame).to_list(), given.to_list(), strict=True)
        return [key if there else None for key, there in pairs]

    def _typed(self, rows: Sequence[Row], table: EventTable, names: Sequence[str]) -> RequestRows:
        columns = tuple(column for column in table.raw_columns if column.name in names)
        inputs = [describe_input(column, optional=True) for column in columns]
        given = frame_of_inputs(rows, inputs, self._missing)
        read = conform_counted(given.frame, columns, missing=self._missing)
        return RequestRows(read.frame, Counter(given.unread) + Counter(read.unread))


def _rounds(rows: Sequence[Row], table: EventTable) -> list[Sequence[int]]:
    """The places of rows in parts that name no event twice, in their order; one part where nobody
    asks when something was known."""
    if table.arrived is None or table.key is None:
        return [range(len(rows))]
    times: Counter[str] = Counter()
    parts: list[list[int]] = [[]]
    for place, row in enumerate(rows):
        key = str(row.get(table.key))
        if times[key] == len(parts):
            parts.append([])
        parts[times[key]].append(place)
        times[key] += 1
    return list(parts)


def _at_places(taken: Taken, places: Sequence[int]) -> Taken:
    """The same, with the numbers that its rows have in the whole."""
    refused = tuple(replace(one, row=places[one.row]) for one in taken.refused)
    return replace(taken, refused=refused)


def _together(first: Taken, then: Taken) -> Taken:
    return Taken(
        first.new + then.new,
        first.changed + then.changed,
        first.repeated + then.repeated,
        tuple(sorted((*first.refused, *then.refused), key=lambda one: one.row)),
        tuple(dict.fromkeys((*first.ignored, *then.ignored))),
        Counter(first.unread) + Counter(then.unread),
    )


def _timed(row: Row, table: EventTable, now_us: int) -> Row:
    if table.time is None or table.time in row:
        return row
    return {**row, table.time: now_us}


def _nested(rows: Sequence[Row], table: EventTable) -> dict[int, str]:
    """Why rows with lists and objects, by their number, are no events."""
    if not {type(value) for row in rows for value in row.values()} & _NESTED:
        return {}
    # Of a sequence a row may list the lines.
    flat = [column.name for column in table.columns if column.kind is not Kind.SEQUENCE]
    return {
        number: f"{name} is {describe(row[name])}; allowed is a number, a text, true, false or null"
        for number, row in enumerate(rows)
        for name in reversed(flat)
        if type(row.get(name)) in _NESTED
    }


def _problems(
    events: Sequence[_Event], frame: pl.DataFrame, reader: EventReader, latest_us: int
) -> dict[int, str]:
    """Why some of these are no events, by their place."""
    table = reader.table
    found: dict[int, str] = {}
    if table.of is not None:
        for i, event in enumerate(events):
            absent = [name for name in reader.reads if name not in event.values]
            if absent:
                found[i] = (
                    f"it lacks {', '.join(absent)}: what is known of a {table.of} is said as a "
                    "whole, with null for what is not known"
                )
    owners = [table.entities[entity] for entity in reader.entities]
    nobody = reduce(and_, (frame[name].is_null() for name in owners))
    told = f"it says nothing of whose it is: give {' or '.join(owners)}"
    found |= dict.fromkeys(nobody.arg_true().to_list(), told)
    if table.time is not None:
        time = frame[table.time].cast(pl.Int64)
        for odd, why in ((time > latest_us, "more than a day from now"), (time.is_null(), NO_TIME)):
            for i in odd.arg_true().to_list():
                found[i] = f"{table.time} is {events[i].values.get(table.time)!r}, {why}"
    return found


def _micros(moment: datetime) -> int:
    return micros(moment - datetime(1970, 1, 1, tzinfo=UTC))
