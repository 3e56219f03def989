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
from keel.walk.walked import Walked


def record_data(walked: Walked) -> dict[str, object]:
    """What the snapshot alone does not say: kinds, features, where the test table begins.

    Pairs, because their order settles the model and a record sorts its keys.
    """
    return {
        "kinds": [[column.name, column.kind.value] for column in walked.checked.table.columns],
        "features": [list(pair) for pair in walked.built.features.texts.items()],
        "test_from": walked.checked.test_from,
    }


def recorded_data(record: Record, table: Path) -> tuple[Checked, System]:
    """The table that a version learned from, checked already, and its declaration with every
    feature spelled out."""
    said = cast("dict[str, object]", record.parameters["data"])
    kinds = cast("list[tuple[str, str]]", said["kinds"])
    columns = tuple(Column(name, Kind(kind)) for name, kind in kinds)
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
    features = dict(cast("list[tuple[str, str]]", said["features"]))
    return checked, declared.model_copy(update={"features": features})
