"""Ways to divide cases by the values of one column: the slices that are looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.table import Column
from keel.spec.kinds import Kind

MISSING = "missing"
MOST_CATEGORIES = 50
FEW_VALUES = 10
NUMBER_BINS = 5
TEXT_BINS = 4


@dataclass(frozen=True, eq=False)
class Partition:
    """A column, names of its slices, and [n] the slice each case is in, -1 for none."""

    column: str
    names: tuple[str, ...]
    code: NDArray[np.int64]


def partitions(columns: Sequence[Column], frame: pl.DataFrame) -> tuple[Partition, ...]:
    """Every way each column divides the rows of `frame`, in the order of `columns`.

    Each of the 50 most frequent categories, fifths of a number (each value if there are at most
    ten), hours, weekdays and months of a time, quarters of the length of a text; missing values
    are a slice of their own.
    """
    return tuple(part for column in columns for part in _of_column(column, frame[column.name]))


def partition_values(column: str, values: pl.Series) -> Partition:
    """One slice for each of the most frequent values; an empty text counts as missing."""
    texts = values.cast(pl.String).fill_null(MISSING).replace("", MISSING)
    present = texts.cast(pl.Categorical)
    value = present.to_physical().to_numpy()
    # One row that holds each value: the last one written wins.
    row = np.zeros(int(value.max()) + 1 if len(value) else 0, dtype=np.int64)
    row[value] = np.arange(len(value))
    counts = np.bincount(value)
    found = [(-int(counts[v]), texts[int(row[v])], int(v)) for v in np.flatnonzero(counts)]
    frequent = sorted(found)[:MOST_CATEGORIES]
    code_of = np.full(len(counts), -1)
    code_of[[v for _, _, v in frequent]] = np.arange(len(frequent))
    return Partition(column, tuple(name for _, name, _ in frequent), code_of[value])


def _of_column(column: Column, values: pl.Series) -> Iterator[Partition]:
    match column.kind:
        case Kind.CATEGORY | Kind.BOOLEAN:
            yield partition_values(column.name, values)
        case Kind.NUMBER:
            yield _by_size(column.name, values, NUMBER_BINS, "")
        case Kind.TEXT:
            length = values.str.len_chars().cast(pl.Float64)
            yield _by_size(column.name, length, TEXT_BINS, " characters")
        case Kind.SEQUENCE:
            lines = values.str.count_matches("\n", literal=True).cast(pl.Float64) + 1
            yield _by_size(column.name, lines, TEXT_BINS, " lines")
        case Kind.TIME:
            yield from _by_time(column.name, values)


def _by_size(column: str, values: pl.Series, bins: int, unit: str) -> Partition:
    numbers = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = ~np.isnan(numbers)
    distinct = np.unique(numbers[known])
    if len(distinct) <= FEW_VALUES:
        names = [f"{value:g}{unit}" for value in distinct]
        code = np.searchsorted(distinct, numbers)
    else:
        cuts = np.unique(np.quantile(numbers[known], np.arange(1, bins) / bins))
        code = np.searchsorted(cuts, numbers, side="left")
        bounds = [f"{cut:.4g}" for cut in cuts]
        names = [
            f"up to {bounds[0]}{unit}",
            *(f"{a} to {b}{unit}" for a, b in pairwise(bounds)),
            f"above {bounds[-1]}{unit}",
        ]
    return Partition(column, (*names, MISSING), np.where(known, code, len(names)).astype(np.int64))


def _by_time(column: str, values: pl.Series) -> Iterator[Partition]:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    parts = (
        ("hour", values.dt.hour() // 6, ("0 to 5 h", "6 to 11 h", "12 to 17 h", "18 to 23 h"), 0),
        ("weekday", values.dt.weekday(), days, 1),
    )
    for part, number, names, first in parts:
        if number.n_unique() > 1:
            code = number.cast(pl.Int64).fill_null(len(names) + first).to_numpy() - first
            yield Partition(f"{part} of {column}", (*names, MISSING), code)
    months = values.dt.strftime("%Y-%m")
    if months.n_unique() > 1:
        yield partition_values(f"month of {column}", months)
