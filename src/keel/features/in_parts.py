"""Figures of more events than memory holds, by parts: each of some entities, by their hash."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.features.offline import find_figures
from keel.features.shelf import ENTITY, KEY, ROW, Shelf

PARTS = 64
SLICE = 2**20
"""Rows that are handed back at once."""

_TIME, _ARRIVAL = "time", "arrival"


def find_in_parts(
    figures: Sequence[Figure],
    events: Mapping[str, Iterable[Events]],
    rows: Iterable[Rows],
    folder: Path,
    parts: int = PARTS,
    size: int = SLICE,
) -> Iterator[dict[str, pl.Series]]:
    """The columns of `find_figures`, in slices of `size` in the order of the rows.

    events: of each table, and rows: read once, slice by slice, at least one of each; keys tell the
    events of all slices apart. folder: an empty one for scratch files, together about as large as
    what is read. Memory holds a slice or a part at a time.
    """
    entities = list(dict.fromkeys(figure.entity for figure in figures))
    wanted = {entity: [f for f in figures if f.entity == entity] for entity in entities}
    asked = {e: Shelf(folder / f"rows {i}", parts, nowhere=0) for i, e in enumerate(entities)}
    count = _lay_out_rows(rows, wanted, asked)
    tables: dict[tuple[str, str], Shelf] = {}
    for i, (table, slices) in enumerate(events.items()):
        read = {entity: _read_of(wanted[entity], table) for entity in entities}
        shelves = {
            entity: Shelf(folder / f"events {i} {j}", parts, nowhere=parts)
            for j, entity in enumerate(entities)
            if any(figure.reading.table == table for figure in wanted[entity])
        }
        _lay_out_events(slices, read, shelves)
        tables |= {(table, entity): shelf for entity, shelf in shelves.items()}
    found: list[list[Path]] = []
    for i, entity in enumerate(entities):
        own = {table: shelf for (table, other), shelf in tables.items() if other == entity}
        found.append(_find(wanted[entity], own, asked[entity], folder / f"found {i}"))
    yield from _in_order(figures, found, count, size)


def _lay_out_rows(
    slices: Iterable[Rows], wanted: Mapping[str, Sequence[Figure]], shelves: Mapping[str, Shelf]
) -> int:
    count = 0
    for rows in slices:
        number = pl.Series(range(count, count + len(rows)), dtype=pl.Int64)
        count += len(rows)
        for entity, shelf in shelves.items():
            own = _own_of(wanted[entity])
            columns = {ROW: number, _TIME: rows.time, ENTITY: rows.entities[entity]}
            if rows.key is not None and own:
                columns[KEY] = rows.key
            columns |= {name: rows.own[r] for r, name in own.items() if r in rows.own}
            shelf.put(pl.DataFrame(columns))
    for shelf in shelves.values():
        shelf.close()
    return count


def _lay_out_events(
    slices: Iterable[Events],
    read: Mapping[str, Mapping[Reading, str]],
    shelves: Mapping[str, Shelf],
) -> None:
    count = 0
    for events in slices:
        number = pl.Series(range(count, count + len(events)), dtype=pl.Int64)
        count += len(events)
        for entity, shelf in shelves.items():
            columns = {ROW: number, KEY: events.key, _TIME: events.time}
            columns[ENTITY] = events.entities[entity]
            if events.arrival is not None:
                columns[_ARRIVAL] = events.arrival
            columns |= {name: _said(events, r) for r, name in read[entity].items()}
            shelf.put(pl.DataFrame(columns))
    for shelf in shelves.values():
        shelf.close()


def _said(events: Events, reading: Reading) -> pl.Series:
    # Of every event alike, it may be left out.
    said = events.readings.get(reading)
    return pl.repeat(1.0, len(events), eager=True) if said is None else said


def _find(
    figures: Sequence[Figure], tables: Mapping[str, Shelf], asked: Shelf, folder: Path
) -> list[Path]:
    """All figures of one entity: a file for each part, its rows by their number."""
    folder.mkdir()
    own, files = _own_of(figures), []
    for part in range(asked.parts):
        frame = asked.take(part)
        events = {
            table: _events(shelf.take(part), figures, table) for table, shelf in tables.items()
        }
        rows = Rows(
            frame[_TIME],
            {figures[0].entity: frame[ENTITY]},
            frame[KEY] if KEY in frame.columns else None,
            {r: frame[name] for r, name in own.items() if name in frame.columns},
        )
        found = find_figures(figures, events, rows)
        files.append(folder / str(part))
        pl.DataFrame({ROW: frame[ROW], **found}).write_ipc(files[-1])
    return files


def _events(frame: pl.DataFrame, figures: Sequence[Figure], table: str) -> Events:
    return Events(
        frame[KEY],
        frame[_TIME],
        {figures[0].entity: frame[ENTITY]},
        {r: frame[name] for r, name in _read_of(figures, table).items()},
        frame[_ARRIVAL] if _ARRIVAL in frame.columns else None,
    )


def _in_order(
    figures: Sequence[Figure], found: Sequence[Sequence[Path]], count: int, size: int
) -> Iterator[dict[str, pl.Series]]:
    """What parts found, with the rows of all parts in their order again."""
    parts = [[_mapped(file) for file in files] for files in found]
    for begin in range(0, max(count, 1), size):
        columns: dict[str, pl.Series] = {}
        for frames in parts:
            pieces = []
            for frame in frames:
                first, last = (frame[ROW].search_sorted(n) for n in (begin, begin + size))
                pieces.append(frame.slice(first, last - first))
            columns |= pl.concat(pieces).sort(ROW).drop(ROW).to_dict()
        yield {name: columns[name] for figure in figures for name in figure.columns}


def _mapped(file: Path) -> pl.DataFrame:
    """A table that is read where it is looked at."""
    found = pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(file))).read_all())
    assert isinstance(found, pl.DataFrame)
    return found


def _read_of(figures: Sequence[Figure], table: str) -> dict[Reading, str]:
    """The readings of a table, each with the name of its column."""
    return _columns(f.reading for f in figures if f.reading.table == table)


def _own_of(figures: Sequence[Figure]) -> dict[Reading, str]:
    return _columns(f.reading for f in figures if f.including_self)


def _columns(readings: Iterable[Reading]) -> dict[Reading, str]:
    return {reading: f"reading {i}" for i, reading in enumerate(dict.fromkeys(readings))}
