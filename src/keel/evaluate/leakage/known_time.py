"""Labels that features see as if they were known at once."""

import re

import polars as pl

from keel.data.table import Table
from keel.evaluate.leakage.finding import Finding, Severity
from keel.features.figure import Reading
from keel.features.find_figure import read_values
from keel.features.plan import FeaturePlan
from keel.features.tables import EventTable
from keel.spec.kinds import Kind
from keel.spec.system import System

_NAMES = re.compile(r"arriv|ingest|load|receiv|report|insert|known|updat|label", re.IGNORECASE)
"""Columns so called, later than the row's own time, say when something was written down."""

LEAST_LATER = 0.95


def find_unknown_times(plan: FeaturePlan, events: Table, system: System) -> list[Finding]:
    """A finding where features are taken from labels and nothing says when those are known.

    It is under suspicion where the table itself holds times at which its rows were written down:
    until then nobody knew the label, and a feature that sees it before learns from the future.
    events: the first table.
    """
    label = system.label
    if label is None or label.known_after is not None or not plan.figures:
        return []
    table = plan.events
    seeing = [
        feature.column.name
        for feature in plan.features
        if any(_reads(table, figure.reading, label.column) for figure in feature.figures)
    ]
    if not seeing:
        return []
    later = _later(table, events.read())
    evidence = f"{', '.join(seeing)} see {label.column} as if it was known at {table.time}"
    severity = Severity.NOTE
    if later is not None:
        name, delays = later
        middle, late = (delays.quantile(q) or 0.0 for q in (0.5, 0.95))
        evidence += (
            f", but {name} comes {middle:.3g} days after it in the middle, and {late:.3g} days "
            "after it for one row of twenty"
        )
        severity = Severity.SUSPECT
    return [
        Finding(
            "label known too early",
            (label.column,),
            severity,
            evidence,
            "a feature that knows labels before anybody did is better in training than it can be "
            "when it is served",
            f"say how long it takes: `label: {{column: {label.column}, known_after: 7d}}`",
        )
    ]


def _reads(table: EventTable, reading: Reading, column: str) -> bool:
    if reading.table != table.name:
        return False
    return column in read_values(reading, table).meta.root_names()


def _later(table: EventTable, frame: pl.DataFrame) -> tuple[str, pl.Series] | None:
    """The column that says when a row was written down, and how many days after its time."""
    for column in table.columns:
        declared = column.name == table.arrived
        if column.kind is not Kind.TIME or column.name == table.time or table.time is None:
            continue
        if not (declared or _NAMES.search(column.name)):
            continue
        delays = (frame[column.name] - frame[table.time]).dt.total_seconds().drop_nulls() / 86_400
        if len(delays) and (delays > 0).mean() >= LEAST_LATER:  # type: ignore[operator]
            return column.name, delays
    return None
