"""Figures found part by part are those found at once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from hypothesis import given, settings

from feature_agreement import check
from feature_histories import AMOUNT, EACH, TABLE, History, histories, take
from keel.features.events import Events, Rows
from keel.features.figure import AS_OF, Figure
from keel.features.in_parts import find_in_parts
from keel.spec.kinds import Kind


def sliced_events(events: Events, size: int) -> Iterator[Events]:
    for begin in range(0, max(len(events), 1), size):
        yield take(events, range(begin, min(begin + size, len(events))))


def sliced_rows(rows: Rows, size: int) -> Iterator[Rows]:
    for begin in range(0, max(len(rows), 1), size):
        yield Rows(
            rows.time.slice(begin, size),
            {name: series.slice(begin, size) for name, series in rows.entities.items()},
            None if rows.key is None else rows.key.slice(begin, size),
            {reading: series.slice(begin, size) for reading, series in rows.own.items()},
        )


@settings(max_examples=12)
@given(histories("sum", "count", "last", AS_OF, "quantile", "top_k"))
def test_parts_and_slices_change_nothing(history: History) -> None:
    """Also where an update moves an event to another entity, and so to another part."""
    with tempfile.TemporaryDirectory() as folder:
        events = {TABLE: sliced_events(history.events, 5)}
        rows = sliced_rows(history.rows, 3)
        slices = list(find_in_parts(history.figures, events, rows, Path(folder), parts=3, size=4))
    found = {name: pl.concat([part[name] for part in slices]) for name in slices[0]}
    check(found, history)


def test_an_event_that_moved_is_gone_from_where_it_was(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(40)]
    time = pl.Series([10] * 40 + [10] * 40)
    arrival = pl.Series([10] * 40 + [20] * 40)
    customers = pl.Series(names + ["c0"] * 40)
    key = pl.Series([*range(40), *range(40)])
    events = Events(key, time, {"customer": customers}, {}, arrival)
    rows = Rows(pl.Series([15] * 40 + [25] * 40), {"customer": pl.Series(names * 2)})
    count = Figure("count", EACH, "customer", None, 0, Kind.NUMBER, "n")
    [found] = find_in_parts([count], {TABLE: [events]}, [rows], tmp_path, parts=8)
    assert found["n"].to_list() == [1.0] * 40 + [40.0] + [0.0] * 39


def test_scratch_files_of_events_are_gone_at_the_end(tmp_path: Path) -> None:
    nothing = pl.Series([], dtype=pl.String)
    time = pl.Series([], dtype=pl.Int64)
    events = Events(time, time, {"customer": nothing}, {AMOUNT: nothing.cast(pl.Float64)})
    rows = Rows(pl.Series([1]), {"customer": pl.Series(["c"])})
    total = Figure("sum", AMOUNT, "customer", None, 0, Kind.NUMBER, "total")
    [found] = find_in_parts([total], {TABLE: [events]}, [rows], tmp_path, parts=2)
    assert found["total"].to_list() == [None]
    assert sorted(f.parent.name for f in tmp_path.rglob("*") if f.is_file()) == ["found 0"] * 2
