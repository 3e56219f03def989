"""The seam between features and where their figures come from: history, or an online store."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from keel.data.table import Table
from keel.features.events import Events, Rows
from keel.features.plan import FeaturePlan
from keel.features.read_events import EventReader, RowReader, figure_columns

Find = Callable[[Rows], Mapping[str, pl.Series]]
"""Finds the figures of a plan: one series for each of their columns, [q] in the order of rows."""

FindFor = Callable[[FeaturePlan], Find]
"""Gets ready to find the figures of a plan."""


def in_history(tables: Mapping[str, Table]) -> FindFor:
    """Figures of events as they are recorded. tables: all that are declared, by name."""

    def prepare(plan: FeaturePlan) -> Find:
        # A server of plain columns does without it.
        from keel.features.offline import find_figures

        readers = readers_of(plan)
        events = {n: r.read(tables[n].read(r.reads)) for n, r in readers.items()}

        def find(rows: Rows) -> Mapping[str, pl.Series]:
            return find_figures(plan.figures, events, rows)

        return find

    return prepare


def find_on_disk(
    plan: FeaturePlan,
    tables: Mapping[str, Table],
    rows: Iterable[Rows],
    folder: Path,
    size: int,
) -> Iterator[Mapping[str, pl.Series]]:
    """Figures of tables that memory does not hold, for so many rows at once. rows: read once, slice
    by slice, at least one. folder: where the events are laid out meanwhile."""
    from keel.features.in_parts import find_in_parts

    events = {name: _read_slices(r, tables[name]) for name, r in readers_of(plan).items()}
    yield from find_in_parts(plan.figures, events, rows, folder, size=size)


def _read_slices(reader: EventReader, table: Table) -> Iterator[Events]:
    first = 0
    for frame in table.slices(reader.reads):
        yield reader.read(frame, first)
        first += len(frame)


def readers_of(plan: FeaturePlan) -> dict[str, EventReader]:
    """A reader for each table that `plan` takes figures from."""
    needed = dict.fromkeys(figure.reading.table for figure in plan.figures)
    return {name: EventReader.of(plan.tables[name], plan.figures) for name in needed}


def with_figures(plan: FeaturePlan, find_for: FindFor) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Puts n rows of the first table beside what they look up, from which features are computed.

    Nothing is got ready for a plan that looks nothing up.
    """
    figures = plan.figures
    if not figures:
        return lambda frame: frame
    reader, find = RowReader(plan), find_for(plan)
    return lambda frame: frame.hstack(figure_columns(figures, find(reader.read(frame))))
