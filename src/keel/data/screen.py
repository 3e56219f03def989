"""Finds the columns that no model can learn from."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from keel.data.profile import ColumnProfile
from keel.spec.kinds import Kind

Reason = Literal["all missing", "constant", "duplicate", "id-like"]

LEAST_ROWS = 20
ID_SHARE = 0.99
ID_NAMES = ("id", "uuid", "guid", "key", "index", "idx", "rownum", "row", "nr", "no", "number")

_ENDS_IN_ID = re.compile(r"[a-z0-9]I[Dd]$")


@dataclass(frozen=True)
class Screened:
    """A column left out of the features, and why: `reason` in a word or two, `detail` in one
    sentence."""

    column: str
    reason: Reason
    detail: str


def screen(
    table: pl.DataFrame,
    profiles: tuple[ColumnProfile, ...],
    digests: Mapping[str, str],
    keep: Collection[str],
) -> tuple[Screened, ...]:
    """Columns that are all missing, constant, equal to an earlier one, or only tell rows apart.

    digests: of each column's content. keep: columns with a role, which are never screened.
    """
    found: list[Screened] = []
    first: dict[tuple[Kind, str], str] = {}
    for column in profiles:
        if column.name in keep:
            continue
        twin = first.setdefault((column.kind, digests[column.name]), column.name)
        reason = _reason(column, table)
        if reason is None and twin != column.name:
            reason = ("duplicate", f"{column.name} has the same values as {twin} in every row")
        if reason is not None:
            found.append(Screened(column.name, *reason))
    return tuple(found)


def _reason(column: ColumnProfile, table: pl.DataFrame) -> tuple[Reason, str] | None:
    rows = len(table)
    if column.missing == 1:
        return "all missing", f"{column.name} has no value in any of {rows:,} rows"
    if column.distinct == 1 and column.missing == 0:
        value = column.top[0][0] if column.top else "one text" if column.low is None else column.low
        return "constant", f"{column.name} is {value} in every row"
    if rows < LEAST_ROWS:
        return None
    if column.kind is Kind.CATEGORY:
        return _named_rows(column, rows)
    if column.kind is Kind.NUMBER and column.whole and column.distinct == rows:
        return _numbered_rows(column, table[column.name])
    return None


def _named_rows(column: ColumnProfile, rows: int) -> tuple[Reason, str] | None:
    present = round(rows * (1 - column.missing))
    if present < LEAST_ROWS or column.distinct < ID_SHARE * present:
        return None
    return "id-like", f"{column.name} has {column.distinct:,} different values in {present:,} rows"


def _numbered_rows(column: ColumnProfile, values: pl.Series) -> tuple[Reason, str] | None:
    """Whole numbers, all different: a counter, or an identifier by name."""
    spread = float(column.high or 0) - float(column.low or 0)
    if spread == len(values) - 1:
        return "id-like", f"{column.name} counts the rows from {column.low:g} to {column.high:g}"
    steps = values.diff().drop_nulls()
    if steps.n_unique() == 1:
        return "id-like", f"{column.name} counts the rows in steps of {steps[0]:g}"
    if is_named_like_id(column.name):
        return (
            "id-like",
            f"{column.name} is a different whole number in each of {len(values):,} rows",
        )
    return None


def is_named_like_id(name: str) -> bool:
    """Whether a column's name says that it tells rows apart: `id`, `customer_id`, `CustomerID`."""
    plain = name.lower().replace("-", "_").replace(" ", "_").strip("_")
    return plain.split("_")[-1] in ID_NAMES or bool(_ENDS_IN_ID.search(name))
