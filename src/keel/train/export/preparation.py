"""From the rows of a request to feature columns, what they look up included."""

from collections.abc import Mapping

import polars as pl

from keel.clock import Clock, system_clock
from keel.data.conform import Conformed, conform_counted
from keel.errors import NotReady, RequestError
from keel.features.events import Rows
from keel.features.find import Find, FindFor, with_figures
from keel.features.plan import FeaturePlan
from keel.train.export.feature_plan import read_plan
from keel.train.export.predictor import Prepare
from keel.train.export.signature import Signature


def preparation(
    signature: Signature, find_for: FindFor | None = None, clock: Clock = system_clock
) -> Prepare | None:
    """How a version computes its features; None for one that takes its rows as they are.

    find_for: where figures of entities are found. A row without a time is of now.
    """
    if not signature.features:
        return None
    plan = read_plan(signature)
    missing = frozenset(signature.missing)
    look_up = with_figures(plan, find_for or _nowhere)
    is_alone = not plan.figures

    def prepare(rows: pl.DataFrame) -> Conformed:
        read = conform_counted(
            rows if is_alone else _whole(_of_somebody(rows, plan), plan),
            plan.source,
            missing=missing,
        )
        frame = read.frame if is_alone else _timed(read.frame, plan, clock)
        return Conformed(tuple(plan.compute(look_up(frame)).iter_columns()), read.unread)

    return prepare


def _nowhere(_plan: FeaturePlan) -> Find:
    def find(_rows: Rows) -> Mapping[str, pl.Series]:
        raise NotReady(
            "this version takes features from the events of entities, and was opened without a "
            "place to find them in: `keel predict` and `keel serve` have one"
        )

    return find


def _whole(rows: pl.DataFrame, plan: FeaturePlan) -> pl.DataFrame:
    """With the columns that a row may leave out."""
    absent = [column.name for column in plan.source if column.name not in rows.columns]
    return rows.with_columns(pl.lit(None).alias(name) for name in absent) if absent else rows


def _of_somebody(rows: pl.DataFrame, plan: FeaturePlan) -> pl.DataFrame:
    """Rows of nobody are answered as they were learned from, but not where no row says more."""
    owners = dict.fromkeys(plan.events.entities[figure.entity] for figure in plan.figures)
    if len(rows) and all(n not in rows.columns or rows[n].dtype == pl.Null for n in owners):
        raise RequestError(
            "row 0 says nothing of whose it is, so nothing can be looked up for it: give "
            f"{' or '.join(owners)}"
        )
    return rows


def _timed(frame: pl.DataFrame, plan: FeaturePlan, clock: Clock) -> pl.DataFrame:
    """A row without a time is of now."""
    time = plan.events.time
    if time is None or not frame[time].null_count():
        return frame
    now = pl.lit(clock()).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return frame.with_columns(pl.col(time).fill_null(now.cast(pl.Datetime("us"))))
