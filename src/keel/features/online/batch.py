"""Events as they are written: a record by key, and lines for the streams of their entities."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from keel.features.events import Events
from keel.features.online.earlier import earlier_lines
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
    their streams get. entities: of each kind of the layout, of each event. earlier: of events that
    were something else before, by their names, what streams get of that."""

    names: list[str]
    records: list[bytes]
    lines: list[Line]
    entities: list[list[str | None]]
    earlier: Mapping[str, list[tuple[str, Line]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def take(self, places: Sequence[int]) -> "Batch":
        """Those events."""
        names = [self.names[i] for i in places]
        return Batch(
            names,
            [self.records[i] for i in places],
            [self.lines[i] for i in places],
            [[entity[i] for i in places] for entity in self.entities],
            {name: self.earlier[name] for name in names if name in self.earlier},
        )


def read_batch(layout: Layout, events: Events, payloads: Sequence[bytes]) -> Batch:
    """Of rows with one key the one that arrived last is left; where their arrivals are known, the
    others are what was known of it before."""
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
    if len(set(names)) == len(names):
        return batch
    each = _by_arrival(names, (events.time if events.arrival is None else events.arrival).to_list())
    last = batch.take(sorted(places[-1] for places in each.values()))
    if events.arrival is None:
        return last
    owners = list(zip(*entities, strict=True))
    earlier = {
        name: earlier_lines(layout, [lines[i] for i in places], [owners[i] for i in places])
        for name, places in each.items()
        if len(places) > 1
    }
    return replace(last, earlier=earlier)


def new_lines(layout: Layout, batch: Batch) -> dict[str, tuple[int, bytes]]:
    """What the streams get of events that are all new."""
    written = write_lines(batch.lines).split(b"\n")
    appended: dict[str, list[bytes]] = defaultdict(list)
    for kind, entities in zip(layout.entities, batch.entities, strict=True):
        prefix = layout.stream(kind, "")
        for entity, line in zip(entities, written, strict=False):
            if entity is not None:
                appended[prefix + entity].append(line)
    for told in batch.earlier.values():
        for name, said in told:
            appended[name].append(msgspec.json.encode(said))
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
        for name, said in batch.earlier.get(batch.names[i], ()):
            appended[name].append(said)
    return {name: (len(lines), write_lines(lines)) for name, lines in appended.items()}


def _by_arrival(names: Sequence[str], arrival: Sequence[int]) -> dict[str, list[int]]:
    """The places of each name's rows as they arrived, of equal arrivals the later one last."""
    places: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        places[name].append(i)
    for some in places.values():
        some.sort(key=arrival.__getitem__)
    return places
