"""Events with ids as codes, of training and of today in one numbering."""

from collections.abc import Sequence

import polars as pl


def order_ids(ids: pl.Series) -> pl.Series:
    """Distinct ids in rising order: as numbers where all are, as in the tables they came from."""
    ids = ids.drop_nulls().unique()
    number = ids.cast(pl.Int64, strict=False)
    if number.null_count() or number.n_unique() < len(ids):
        return ids.sort()
    return ids.gather(number.arg_sort())


def append_ids(first: pl.Series, more: Sequence[pl.Series]) -> pl.Series:
    """`first` and, behind, the ids of `more` that it lacks, in rising order."""
    others = pl.concat([first.head(0), *more]).unique()
    return pl.concat([first, order_ids(others.filter(~others.is_in(first.implode())))])


def encode(frame: pl.DataFrame, users: pl.Series, items: pl.Series) -> pl.DataFrame:
    """Events with user and item as codes (Int64), each row once, in order of time."""
    coded = frame.select(
        code(frame["user"], users).alias("user"),
        code(frame["item"], items).alias("item"),
        pl.col("time"),
        pl.col("value"),
    )
    return coded.unique(maintain_order=True).sort("time", maintain_order=True)


def share_of(mask: pl.Series) -> float:
    """How much of a boolean column is true, null counting as false; 0 of nothing."""
    return int(mask.sum()) / len(mask) if len(mask) else 0.0


def code(column: pl.Series, ids: pl.Series) -> pl.Series:
    """The place of each value in `ids`; null where it is not there."""
    known = pl.DataFrame({"id": ids}).with_row_index("code")
    found = pl.DataFrame({"id": column}).join(known, on="id", how="left", maintain_order="left")
    return found["code"].cast(pl.Int64)
