"""How a version records the table it learned from, and how that is read again."""

from pathlib import Path
from typing import cast

import polars as pl

from keel.data.check import Checked
from keel.data.quarantine import Quarantine
from keel.data.table import Column, Table
from keel.registry.record import Record
from keel.spec.kinds import Kind
from keel.spec.system import System
from keel.spec.time_form import TimeForm
from keel.walk.course import Judged, Learned, Prepared
from keel.walk.walked import Walked


def record_data(walked: Walked[Prepared, Learned, Judged]) -> dict[str, object]:
    """What the snapshot alone does not say: columns, where the test table begins, and what the
    task's examples were built by."""
    return {
        "columns": [[c.name, c.kind.value, c.form] for c in walked.checked.table.columns],
        "test_from": walked.checked.test_from,
        **walked.prepared.recorded,
    }


def recorded_data(record: Record, table: Path) -> tuple[Checked, System]:
    """The table that a version learned from, checked already, and its declaration with every
    feature spelled out."""
    said = cast("dict[str, object]", record.parameters["data"])
    recorded = cast("list[tuple[str, str, str | None]]", said["columns"])
    columns = tuple(
        Column(name, Kind(kind), None if form is None else TimeForm(form))
        for name, kind, form in recorded
    )
    rows = int(pl.scan_ipc(table).select(pl.len()).collect().item())
    checked = Checked(
        Table(table, columns, rows, record.data.fingerprint),
        cast("int | None", said["test_from"]),
        Quarantine(None, 0, {}),
        (),
        (),
        (),
    )
    declared = System.model_validate(record.declaration)
    if "features" in said:
        features = cast("dict[str, str]", said["features"])
        declared = declared.model_copy(update={"features": features})
    return checked, declared
