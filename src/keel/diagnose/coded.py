"""Events with ids as codes, of training and of today in one numbering."""

from collections.abc import Sequence

import polars as pl

from keel.data.interactions import Interactions


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


def liked_of(events: pl.DataFrame, bar: float | None) -> pl.DataFrame:
    """The events whose value reaches the bar; all where there is none."""
    return events if bar is None else events.filter(pl.col("value") >= bar)


def interactions_of(events: pl.DataFrame, users: int, items: int) -> Interactions:
    """Coded events with items below `items`, of so many users."""
    inside = events.filter(pl.col("item") < items)
    timed = not inside["time"].null_count()
    valued = not inside["value"].null_count()
    return Interactions(
        inside["user"].to_numpy(),
        inside["item"].to_numpy(),
        users,
        items,
        inside["time"].to_numpy().astype("datetime64[us]") if timed else None,
        inside["value"].to_numpy() if valued else None,
    )


def share_of(mask: pl.Series) -> float:
    """How much of a boolean column is true, null counting as false; 0 of nothing."""
    return int(mask.sum()) / len(mask) if len(mask) else 0.0


def code(column: pl.Series, ids: pl.Series) -> pl.Series:
    """The place of each value in `ids`; null where it is not there."""
    known = pl.DataFrame({"id": ids}).with_row_index("code")
    found = pl.DataFrame({"id": column}).join(known, on="id", how="left", maintain_order="left")
    return found["code"].cast(pl.Int64)
