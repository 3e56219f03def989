"""Events as they are written: a record by key, and lines for the streams of their entities."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from keel.features.events import Events
from keel.features.online.layout import Layout
from keel.features.online.line import CHANGED, GONE, NEW, Line, write_lines

_ENCODER = msgspec.msgpack.Encoder()


class Record(msgspec.Struct, array_like=True):
    """An event by its key. entities: one for each kind of the layout."""

    time: int
    arrival: int | None
    entities: list[str | None]
    payload: bytes


_DECODER = msgspec.msgpack.Decoder(Record)


def read_record(value: bytes) -> Record:
    """What was kept of an event."""
    return _DECODER.decode(value)


@dataclass(frozen=True, eq=False)
class Batch:
    """n events with keys of their own. names: of their records. records: their bytes. lines: what
    their streams get. entities: of each kind of the layout, of each event."""

    names: list[str]
    records: list[bytes]
    lines: list[Line]
    entities: list[list[str | None]]

    def __len__(self) -> int:
        return len(self.names)

    def take(self, places: Sequence[int]) -> "Batch":
        """Those events."""
        return Batch(
            [self.names[i] for i in places],
            [self.records[i] for i in places],
            [self.lines[i] for i in places],
            [[entity[i] for i in places] for entity in self.entities],
        )


def read_batch(layout: Layout, events: Events, payloads: Sequence[bytes]) -> Batch:
    """Of rows with one key only the one that arrived last is left."""
    keys, time = events.key.to_list(), events.time.to_list()
    arrival: list[int | None]
    arrival = [None] * len(time) if events.arrival is None else events.arrival.to_list()
    entities = [events.entities[kind].to_list() for kind in layout.entities]
    readings = [events.readings[reading].to_list() for reading in (*layout.numbers, *layout.texts)]
    prefix = layout.event("")
    names = [f"{prefix}{key}" for key in keys]
    lines = list(map(list, zip(time, keys, [NEW] * len(time), arrival, *readings, strict=True)))
    of_each = zip(*entities, strict=True) if entities else [()] * len(time)
    records = [
        _ENCODER.encode(record) for record in zip(time, arrival, of_each, payloads, strict=True)
    ]
    batch = Batch(names, records, lines, entities)
    last = _last_of_each(names, time, arrival)
    return batch if len(last) == len(names) else batch.take(last)


def new_lines(layout: Layout, batch: Batch) -> dict[str, tuple[int, bytes]]:
    """What the streams get of events that are all new."""
    written = write_lines(batch.lines).split(b"\n")
    appended: dict[str, list[bytes]] = defaultdict(list)
    for kind, entities in zip(layout.entities, batch.entities, strict=True):
        prefix = layout.stream(kind, "")
        for entity, line in zip(entities, written, strict=False):
            if entity is not None:
                appended[prefix + entity].append(line)
    return {name: (len(lines), b"\n".join([*lines, b""])) for name, lines in appended.items()}


def changed_lines(
    layout: Layout, batch: Batch, olds: Sequence[Record | None]
) -> dict[str, tuple[int, bytes]]:
    """What the streams get of events, some of which replace what they were before."""
    appended: dict[str, list[Any]] = defaultdict(list)
    for i, old in enumerate(olds):
        line = batch.lines[i]
        for number, kind in enumerate(layout.entities):
            entity = batch.entities[number][i]
            before = None if old is None else old.entities[number]
            if old is not None and before is not None and (before, old.time) != (entity, line[0]):
                appended[layout.stream(kind, before)].append((old.time, line[1], GONE))
            if entity is not None:
                act = NEW if before is None else CHANGED
                appended[layout.stream(kind, entity)].append([*line[:2], act, *line[3:]])
    return {name: (len(lines), write_lines(lines)) for name, lines in appended.items()}


def _last_of_each(
    names: Sequence[str], time: Sequence[int], arrival: Sequence[int | None]
) -> list[int]:
    """The place of each name's row that arrived last, of equal arrivals the later one."""
    if len(set(names)) == len(names):
        return list(range(len(names)))
    last: dict[str, tuple[int, int]] = {}
    for i, name in enumerate(names):
        arrived = arrival[i]
        moment = (time[i] if arrived is None else arrived, i)
        last[name] = max(last.get(name, moment), moment)
    return sorted(place for _, place in last.values())
