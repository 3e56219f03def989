"""How a version records the table it learned from, and how that is read again."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import polars as pl

from keel.data.check import Checked
from keel.data.quarantine import Quarantine
from keel.data.table import Column, Table
from keel.registry.record import Record, Snapshot
from keel.registry.snapshot import find_snapshot
from keel.spec.kinds import Kind
from keel.spec.system import System
from keel.spec.time_form import TimeForm
from keel.walk.course import Judged, Learned, Prepared
from keel.walk.walked import Walked


def record_data(walked: Walked[Prepared, Learned, Judged]) -> dict[str, object]:
    """What the snapshots alone do not say: columns, where the test table begins, and what the
    task's examples were built by."""
    checked = walked.checked
    recorded: dict[str, object] = {
        "columns": _columns(checked.table),
        "test_from": checked.test_from,
        **walked.prepared.recorded,
    }
    if checked.beside:
        recorded["beside"] = {n: _columns(other.table) for n, other in checked.beside.items()}
    return recorded


def recorded_data(record: Record, tables: Path, version: str) -> tuple[Checked, System]:
    """The tables that a version learned from, checked already, and its declaration with every
    feature spelled out. tables: the folder of snapshots.

    Raises TableError where one is gone, ArtifactError where it is another one.
    """
    said = cast("dict[str, object]", record.parameters["data"])
    beside = cast("dict[str, object]", said.get("beside", {}))
    checked = replace(
        _checked(tables, record.data, said["columns"], said["test_from"], version),
        beside={
            name: _checked(tables, snapshot, beside[name], None, version)
            for name, snapshot in record.beside.items()
        },
    )
    declared = System.model_validate(record.declaration)
    if "features" in said:
        features = cast("dict[str, str]", said["features"])
        declared = declared.model_copy(update={"features": features})
    return checked, declared


def _columns(table: Table) -> list[list[str | None]]:
    return [[column.name, column.kind.value, column.form] for column in table.columns]


def _checked(
    tables: Path, snapshot: Snapshot, recorded: object, test_from: object, version: str
) -> Checked:
    path = find_snapshot(tables, snapshot, version)
    columns = tuple(
        Column(name, Kind(kind), None if form is None else TimeForm(form))
        for name, kind, form in cast("list[tuple[str, str, str | None]]", recorded)
    )
    rows = int(pl.scan_ipc(path).select(pl.len()).collect().item())
    table = Table(path, columns, rows, snapshot.fingerprint)
    nothing = Quarantine(None, 0, {})
    return Checked(table, cast("int | None", test_from), nothing, (), (), ())
