"""Figures of events for many rows at once: each of what was known at its time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import polars as pl

from keel.features.events import Events, Rows
from keel.features.figure import Figure
from keel.features.windows.scene import Scene
from keel.features.windows.versions import find_versions


def find_figures(
    figures: Sequence[Figure], events: Mapping[str, Events], rows: Rows
) -> dict[str, pl.Series]:
    """[q] each column of the figures, in the order of the rows; Float64, or String for values of
    texts.

    events: by table, with what the figures read. Nothing known is a count of 0, and missing for
    all other figures.
    """
    found: dict[str, pl.Series] = {}
    versions = {table: find_versions(events[table]) for table in _tables(figures)}
    for table, entity, group in _by_scene(figures):
        found |= Scene(events[table], versions[table], rows, entity).find(group)
    return {column: found[column] for figure in figures for column in figure.columns}


def _tables(figures: Sequence[Figure]) -> set[str]:
    return {figure.reading.table for figure in figures}


def _by_scene(figures: Sequence[Figure]) -> Iterator[tuple[str, str, list[Figure]]]:
    def scene(figure: Figure) -> tuple[str, str]:
        return figure.reading.table, figure.entity

    for (table, entity), group in groupby(sorted(figures, key=scene), scene):
        yield table, entity, list(group)
