"""A training set for any rows of entities and times: the features of each as of its own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from keel.data.conform import conform_counted, tell_unread
from keel.data.sources.source import BadLine
from keel.data.stream import Frames, FrameWriter
from keel.data.table import Table
from keel.errors import RequestError
from keel.features.find import FindFor, in_history, in_history_on_disk, with_figures
from keel.features.plan import FeaturePlan
from keel.features.tables import EventTable
from keel.train.progress import Tell
from keel.walk.features.prepared import FeaturesPrepared

SHOWN_BAD_LINES = 5

MOST_ROWS = 20_000_000
"""Of event tables together, that are read into memory at once: some gigabytes."""


@dataclass(frozen=True)
class BuiltSet:
    """How many rows got their features, and where they are."""

    rows: int
    features: int
    into: Path

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"rows": self.rows, "features": self.features, "into": str(self.into)}


def build_set(prepared: FeaturesPrepared, spine: str, into: Path, tell: Tell) -> BuiltSet:
    """Write the rows of the table `spine`, in their order, with the features of each.

    What the features read of a row and `spine` lacks is taken from the row's own event, where its
    key is known. Raises RequestError for rows without a time or without any entity.
    """
    bad: list[BadLine] = []
    frames = list(Frames(spine, bad.append, base=Path()))
    frame = pl.concat(frames, how="vertical_relaxed") if frames else pl.DataFrame()
    for line in bad[:SHOWN_BAD_LINES]:
        tell(f"not a row  line {line.line}: {line.reason}")
    built = features_at(prepared.plan, frame, prepared.tables, _find_for(prepared, into), tell)
    with FrameWriter(into) as writer:
        writer.write(built)
    tell(f"features  {len(built):,} rows into {into}, {len(bad):,} lines were no rows")
    return BuiltSet(len(built), len(prepared.plan.columns), into)


def _find_for(prepared: FeaturesPrepared, into: Path) -> FindFor:
    read = {figure.reading.table for figure in prepared.plan.figures}
    if sum(prepared.tables[name].rows for name in read) > MOST_ROWS:
        return in_history_on_disk(prepared.tables, into.absolute().parent)
    return in_history(prepared.tables)


def features_at(
    plan: FeaturePlan,
    rows: pl.DataFrame,
    tables: Mapping[str, Table],
    find_for: FindFor,
    tell: Tell,
) -> pl.DataFrame:
    """[n] `rows` in their order, with a column for each feature in the place of any so called."""
    whole = _whole(plan, rows, tables, tell)
    read = conform_counted(whole, plan.source)
    for sentence in tell_unread(read.unread, plan.source):
        tell(f"not read  {sentence}")
    frame = read.frame
    time = plan.events.time if plan.tables else None
    if time is not None and frame[time].null_count():
        row = int(frame[time].is_null().arg_true()[0])
        raise RequestError(
            f"row {row} has no {time}: features are as of a time; give every row one"
        )
    computed = plan.compute(with_figures(plan, find_for)(frame))
    names = set(computed.columns)
    return rows.select(name for name in rows.columns if name not in names).hstack(computed)


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
