"""Rows that ask for features, as the features read them."""

from collections.abc import Mapping

import polars as pl

from keel.data.conform import Conformed, conform_counted
from keel.data.table import Table
from keel.errors import RequestError
from keel.features.plan import FeaturePlan
from keel.features.tables import EventTable
from keel.train.progress import Tell


def read_asked(
    plan: FeaturePlan,
    rows: pl.DataFrame,
    tables: Mapping[str, Table],
    tell: Tell,
    *,
    first: int = 0,
) -> Conformed:
    """[n] the columns that features read of rows as they were found. What the rows lack is taken
    from their own events, where their key is known. first: how many rows come before them.

    Raises RequestError for rows without a time.
    """
    read = conform_counted(_whole(plan, rows, tables, tell), plan.source)
    time = plan.events.time if plan.tables else None
    if time is not None and read.frame[time].null_count():
        row = first + int(read.frame[time].is_null().arg_true()[0])
        raise RequestError(
            f"row {row} has no {time}: features are as of a time; give every row one"
        )
    return read


def beside(rows: pl.DataFrame, computed: pl.DataFrame) -> pl.DataFrame:
    """[n] rows with a column for each feature in the place of any so called."""
    return rows.select(n for n in rows.columns if n not in computed.columns).hstack(computed)


def _whole(
    plan: FeaturePlan, rows: pl.DataFrame, tables: Mapping[str, Table], tell: Tell
) -> pl.DataFrame:
    absent = [column.name for column in plan.source if column.name not in rows.columns]
    if not absent or not plan.tables:
        return rows
    events = plan.events
    if events.time in absent:
        raise RequestError(
            f"the rows have no column {events.time!r}, as of which their features are: they have "
            f"{', '.join(rows.columns)}"
        )
    if events.key is not None and events.key in rows.columns:
        rows = _from_own_events(rows, absent, events, tables[events.name])
    else:
        rows = rows.with_columns(pl.lit(None).alias(name) for name in absent)
        missing = ", ".join(absent)
        tell(f"features  the rows have no {missing}: what features read of it is missing")
    return rows


def _from_own_events(
    rows: pl.DataFrame, absent: list[str], events: EventTable, history: Table
) -> pl.DataFrame:
    key = str(events.key)
    asked = rows.select(pl.col(key).cast(pl.String))
    # Of rows of one key the one that arrived last says what it is.
    arrival = events.arrived or events.time
    # Longer than the name of any column beside it.
    order = " ".join(["arrival", key, *absent])
    moment = (pl.lit(0) if arrival is None else pl.coalesce(arrival, events.time)).alias(order)
    there = [
        s.select(key, *absent, moment).join(asked, on=key, how="semi") for s in history.slices()
    ]
    said = pl.concat(there).sort(order, maintain_order=True)
    said = said.unique(key, keep="last", maintain_order=True)
    found = asked.join(said, on=key, how="left", maintain_order="left")
    return rows.hstack(found.select(absent))
