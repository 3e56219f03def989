"""The seam between features and where their figures come from: history, or an online store."""

from collections.abc import Callable, Mapping

import polars as pl

from keel.features.events import Events, Rows
from keel.features.plan import FeaturePlan
from keel.features.read_events import EventReader, RowReader, figure_columns

Find = Callable[[Rows], Mapping[str, pl.Series]]
"""Finds the figures of a plan: one series for each of their columns, [q] in the order of rows."""

FindFor = Callable[[FeaturePlan], Find]
"""Gets ready to find the figures of a plan."""


def in_history(frames: Mapping[str, pl.DataFrame]) -> FindFor:
    """Figures of events as they are recorded. frames: the rows of each declared table."""

    def prepare(plan: FeaturePlan) -> Find:
        # A server of plain columns does without it.
        from keel.features.offline import find_figures

        events = read_history(plan, frames)

        def find(rows: Rows) -> Mapping[str, pl.Series]:
            return find_figures(plan.figures, events, rows)

        return find

    return prepare


def read_history(plan: FeaturePlan, frames: Mapping[str, pl.DataFrame]) -> dict[str, Events]:
    """The events of every table that `plan` takes figures from."""
    needed = dict.fromkeys(figure.reading.table for figure in plan.figures)
    readers = {name: EventReader.of(plan.tables[name], plan.figures) for name in needed}
    return {
        name: reader.read(frames[name].select(reader.reads)) for name, reader in readers.items()
    }


def with_figures(plan: FeaturePlan, find: Find) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Puts n rows of the first table beside what they look up, from which features are computed."""
    figures = plan.figures
    if not figures:
        return lambda frame: frame
    reader = RowReader(plan)
    return lambda frame: frame.hstack(figure_columns(figures, find(reader.read(frame))))
