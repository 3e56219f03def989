"""The boosted trees that servers are compared with, registered as systems."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from keel.clock import system_clock
from keel.data.table import Column
from keel.registry.record import Lineage, Record, RowCounts, Snapshot
from keel.registry.register import register
from keel.settings import read_settings
from keel.spec.kinds import Kind, TaskName
from keel.store import open_store
from keel.train.algorithm import Fit
from keel.train.calibration.calibrator import Scored, find_calibrator
from keel.train.catalogue import algorithms
from keel.train.encode.encoding import fit_encoding, plan_for
from keel.train.export.export import export
from keel.train.export.exported import Exported, write_exported

ROWS, COLUMNS, TREES = 20_000, 30, 200


def train(seed: int = 0) -> Exported:
    """LightGBM without a validation part makes 200 trees."""
    random = np.random.default_rng(seed)
    table = random.normal(size=(ROWS, COLUMNS))
    chance = table[:, 0] + table[:, 1] * table[:, 2] + random.normal(size=ROWS)
    label = (chance > 1).astype(np.int64)
    frame = pl.DataFrame({f"x{i}": column.copy() for i, column in enumerate(table.T)})
    columns = tuple(Column(name, Kind.NUMBER) for name in frame.columns)
    algorithm = algorithms()["lightgbm"]
    plan = plan_for(algorithm.needs, columns, {})
    encoding, matrix = fit_encoding(plan, columns, frame, label, seed)
    model = algorithm.fit(Fit(matrix, label, None, 2, {}, seed, 1, None))
    assert model.parameters["rounds"] == TREES
    scored = Scored(model.predict(matrix), label, "probability")
    return export(
        "bench",
        TaskName.CLASSIFY,
        encoding,
        model,
        calibrator=find_calibrator("sigmoid").fit(scored),
        classes=("no", "yes"),
    )


def bodies(count: int = 500) -> list[dict[str, float]]:
    """Rows as a client sends them."""
    random = np.random.default_rng(1)
    return [
        {f"x{i}": round(float(value), 6) for i, value in enumerate(row)}
        for row in random.normal(size=(count, COLUMNS))
    ]


def register_all(home: Path, exported: Exported, systems: list[str], versions: int = 1) -> None:
    """Register `exported` as so many versions of every system. An artifact is told apart by its
    content, so each has a byte of its own in its card."""
    store = open_store(read_settings({"KEEL_HOME": str(home)}))
    for system in systems:
        for number in range(versions):
            folder = store.settings.scratch / f"{system}-{number}"
            folder.mkdir(parents=True)
            write_exported(exported, folder)
            (folder / "card.html").write_text(f"<!doctype html><title>{system} {number}</title>")
            record = _record(system, exported)
            register(
                store.engine, store.blobs, folder, record, True, system_clock, actor="benchmark"
            )
    store.engine.dispose()


def _record(system: str, exported: Exported) -> Record:
    return Record(
        system=system,
        task="classify",
        algorithm="lightgbm",
        created_at=datetime.now(UTC),
        declaration={
            "system": system,
            "data": {"rows": {"table": "rows.csv"}},
            "label": {"column": "label"},
        },
        data=Snapshot(fingerprint="f" * 64, file="f.arrow", sha256="a" * 64, bytes=10),
        rows=RowCounts(train=ROWS, validation=0, test=0, quarantined=0),
        signature={},
        parameters={},
        seeds={},
        lineage=Lineage(
            code_version="",
            commit=None,
            libraries={},
            python="",
            platform="",
            machine="",
            cpus=1,
            threads=1,
        ),
        metrics={},
        verdicts=(),
        parity_max_abs_diff=0.0,
        model_sha256=hashlib.sha256(exported.model).hexdigest(),
        seconds={},
    )
