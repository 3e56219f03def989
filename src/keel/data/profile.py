"""Describes each column of a table in a few figures."""

from dataclasses import dataclass

import polars as pl

from keel.data.table import Column
from keel.spec.kinds import Kind

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)
TOP_VALUES = 5
MOST_RANKED = 1000
SHOWN_CHARACTERS = 60
TUKEY = 1.5
BLOCK_CELLS = 1 << 23


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


def profile(
    table: pl.LazyFrame, columns: tuple[Column, ...], rows: int
) -> tuple[ColumnProfile, ...]:
    """A profile of every column, in order; a few columns of the `rows` are in memory at once."""
    profiles: list[ColumnProfile] = []
    width = max(1, BLOCK_CELLS // max(rows, 1))
    for start in range(0, len(columns), width):
        block = columns[start : start + width]
        part = table.select([column.name for column in block]).collect()
        facts = _facts(part)
        figures = _figures(part.select([c.name for c in block if c.kind is Kind.NUMBER]))
        for column in block:
            values = part.get_column(column.name)
            profiles.append(_profile(column, values, facts[column.name], figures.get(column.name)))
    return tuple(profiles)


def _profile(
    column: Column,
    values: pl.Series,
    facts: tuple[int, int],
    figures: dict[str, float] | None,
) -> ColumnProfile:
    missing, distinct = facts
    share = missing / max(len(values), 1)
    if column.kind is Kind.NUMBER and figures is not None:
        return ColumnProfile(
            column.name,
            column.kind,
            share,
            distinct,
            outliers=figures["outliers"],
            low=figures["low"],
            high=figures["high"],
            mean=figures["mean"],
            quantiles=tuple(figures[f"q{level}"] for level in QUANTILES),
            whole=bool(figures["whole"]),
        )
    if column.kind is Kind.TIME:
        low, high = values.min(), values.max()
        ends = [None if end is None else str(end).replace(" ", "T") for end in (low, high)]
        return ColumnProfile(column.name, column.kind, share, distinct, 0.0, ends[0], ends[1])
    rare = distinct > MOST_RANKED and distinct > len(values) / 2
    top = () if column.kind is Kind.TEXT or rare else _top(values)
    return ColumnProfile(column.name, column.kind, share, distinct, top=top)


def _facts(frame: pl.DataFrame) -> dict[str, tuple[int, int]]:
    missing = frame.null_count().row(0)
    distinct = frame.select(pl.all().n_unique()).row(0)
    return {
        name: (missing[i], distinct[i] - (missing[i] > 0)) for i, name in enumerate(frame.columns)
    }


def _figures(numbers: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Figures of the columns that hold any number."""
    present = [name for name in numbers.columns if numbers[name].null_count() < len(numbers)]
    if not present:
        return {}
    numbers = numbers.select(present)
    rows: dict[str, tuple[float, ...]] = {
        "low": numbers.min().row(0),
        "high": numbers.max().row(0),
        "mean": numbers.mean().row(0),
        "whole": numbers.select((pl.all() == pl.all().floor()).all()).row(0),
    }
    for level in QUANTILES:
        rows[f"q{level}"] = numbers.quantile(level, interpolation="linear").row(0)
    fences = [_fences(low, high) for low, high in zip(rows["q0.25"], rows["q0.75"], strict=True)]
    rows["outliers"] = numbers.select(
        ((pl.col(name) < low) | (pl.col(name) > high)).mean()
        for name, (low, high) in zip(present, fences, strict=True)
    ).row(0)
    return {name: {k: float(v[i]) for k, v in rows.items()} for i, name in enumerate(present)}


def _fences(low: float, high: float) -> tuple[float, float]:
    reach = TUKEY * (high - low)
    return low - reach, high + reach


def _top(values: pl.Series) -> tuple[tuple[str, int], ...]:
    counted = values.alias("v").drop_nulls().value_counts(name="n")
    ranked = counted.sort(["n", "v"], descending=[True, False]).head(TOP_VALUES)
    texts = ranked["v"].cast(pl.String).str.head(SHOWN_CHARACTERS).to_list()
    return tuple(zip(texts, ranked["n"].to_list(), strict=True))
