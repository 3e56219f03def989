"""Brings incoming columns of any type to the types that a version was trained on."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from keel.data.cast import cast
from keel.data.table import Column
from keel.errors import RequestError
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.spec.time_form import TimeForm


@dataclass(frozen=True, eq=False)
class Conformed:
    """columns: as `conform` gives them. unread: how many values of each were not of its kind, or
    not finite, and became missing; only columns with any."""

    columns: tuple[pl.Series, ...]
    unread: dict[str, int]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The columns as a frame."""
        return pl.DataFrame(self.columns)


def conform(
    batch: pl.DataFrame, columns: tuple[Column, ...], *, missing: Set[str] = frozenset()
) -> pl.DataFrame:
    """The rows with exactly `columns`, each as `PHYSICAL[kind]`, in this order.

    Values that are not of the kind, and numbers that are not finite, become null. Other columns
    are ignored. Numbers, booleans and times that have their type already are not copied.
    missing: the declaration's further texts that stand for nothing. Raises RequestError naming
    every column that is not there.
    """
    return conform_counted(batch, columns, missing=missing).frame


def conform_counted(
    batch: pl.DataFrame, columns: tuple[Column, ...], *, missing: Set[str] = frozenset()
) -> Conformed:
    """The same, with the count of values that could not be read."""
    known = set(batch.columns)
    absent = [column.name for column in columns if column.name not in known]
    if absent:
        raise RequestError(_absent(absent, batch.columns, columns))
    series = []
    unread: dict[str, int] = {}
    for column in columns:
        result = cast(batch.get_column(column.name), column.kind, missing=missing, form=column.form)
        series.append(result.values)
        if result.unread:
            unread[column.name] = result.unread
    return Conformed(tuple(series), unread)


def tell_unread(unread: Mapping[str, int], columns: Iterable[Column]) -> list[str]:
    """A sentence for each column with values that could not be read."""
    told = []
    for column in columns:
        count = unread.get(column.name)
        if count:
            values = "1 value is" if count == 1 else f"{count:,} values are"
            form = f" written as {column.form or TimeForm.ISO}" if column.kind is Kind.TIME else ""
            told.append(f"{column.name}: {values} not a {column.kind}{form}, taken for missing")
    return told


def _absent(absent: list[str], given: list[str], columns: tuple[Column, ...]) -> str:
    wanted = {column.name for column in columns}
    spare = [name for name in given if name not in wanted]
    problems = [f"column {name!r} is missing: {did_you_mean(name, spare)}" for name in absent[:20]]
    if len(absent) > 20:
        problems.append(f"and {len(absent) - 20} more columns are missing")
    names = ", ".join(column.name for column in columns[:30])
    more = f" and {len(columns) - 30} more" if len(columns) > 30 else ""
    return "\n".join([*problems, f"every row needs: {names}{more}; use null for a missing value"])
