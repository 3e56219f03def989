"""Describes each column of a table in a few figures."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.table import Column
from keel.spec.kinds import Kind

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)
TOP_VALUES = 5
MOST_RANKED = 1000
SHOWN_CHARACTERS = 60
TUKEY = 1.5


@dataclass(frozen=True)
class ColumnProfile:
    """missing: share of rows. distinct: different values (missing not among them). outliers:
    share of the values outside Tukey's fences, 1.5 interquartile ranges beyond the quartiles;
    0 for what is no number. low, high: ends of numbers; of times as ISO text; None else.
    mean and quantiles (at `QUANTILES`) of numbers. top: most frequent values of the others with
    their counts; of text none, nor of names
    that hardly repeat. whole: numbers without a fraction.

    Source: Tukey, Exploratory Data Analysis, 1977, section 2C.
    """

    name: str
    kind: Kind
    missing: float
    distinct: int
    outliers: float = 0.0
    low: float | str | None = None
    high: float | str | None = None
    mean: float | None = None
    quantiles: tuple[float, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    whole: bool = False


def profile(table: pl.DataFrame, columns: tuple[Column, ...]) -> tuple[ColumnProfile, ...]:
    """A profile of every column, in order."""
    return tuple(_profile(column, table[column.name]) for column in columns)


def _profile(column: Column, values: pl.Series) -> ColumnProfile:
    missing = values.null_count()
    share = missing / max(len(values), 1)
    if column.kind is Kind.NUMBER:
        # Asking is free, a query for each of ten thousand columns is not.
        return _of_numbers(column, values.drop_nulls() if missing else values, share)
    distinct = values.n_unique() - (missing > 0)
    if column.kind is Kind.TIME:
        low, high = values.min(), values.max()
        ends = [None if end is None else str(end).replace(" ", "T") for end in (low, high)]
        return ColumnProfile(column.name, column.kind, share, distinct, 0.0, ends[0], ends[1])
    rare = distinct > MOST_RANKED and distinct > len(values) / 2
    whole = column.kind in (Kind.TEXT, Kind.SEQUENCE)
    top = () if whole or rare else _top(values)
    return ColumnProfile(column.name, column.kind, share, distinct, top=top)


def _of_numbers(column: Column, values: pl.Series, missing: float) -> ColumnProfile:
    """One sort gives every figure."""
    ordered = values.sort().to_numpy()
    count = len(ordered)
    if not count:
        return ColumnProfile(column.name, column.kind, missing, 0)
    quantiles = [_quantile(ordered, level) for level in QUANTILES]
    low_quartile, high_quartile = quantiles[1], quantiles[3]
    reach = TUKEY * (high_quartile - low_quartile)
    inside = np.searchsorted(ordered, high_quartile + reach, "right") - np.searchsorted(
        ordered, low_quartile - reach, "left"
    )
    return ColumnProfile(
        column.name,
        column.kind,
        missing,
        1 + int(np.count_nonzero(ordered[1:] != ordered[:-1])),
        outliers=1 - int(inside) / count,
        low=float(ordered[0]),
        high=float(ordered[-1]),
        mean=float(ordered.mean()),
        quantiles=tuple(quantiles),
        whole=bool((ordered == np.floor(ordered)).all()),
    )


def _quantile(ordered: NDArray[np.float64], level: float) -> float:
    """By linear interpolation, as NumPy does by default."""
    place = level * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    # Weights on both, rather than a step between them, which can overflow.
    weight = place - below
    return float(ordered[below] * (1 - weight) + ordered[above] * weight)


def _top(values: pl.Series) -> tuple[tuple[str, int], ...]:
    counted = values.alias("v").drop_nulls().value_counts(name="n")
    ranked = counted.sort(["n", "v"], descending=[True, False]).head(TOP_VALUES)
    texts = ranked["v"].cast(pl.String).str.head(SHOWN_CHARACTERS).to_list()
    return tuple(zip(texts, ranked["n"].to_list(), strict=True))
