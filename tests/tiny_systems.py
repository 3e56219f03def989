"""Small real systems, exported and registered, for tests of what answers requests."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl

from keel.clock import system_clock
from keel.data.table import Column
from keel.features.plan import FeaturePlan, plan_features
from keel.promises.verdict import Outcome, Verdict
from keel.registry.record import Record
from keel.registry.register import register
from keel.registry.version import Version
from keel.settings import read_settings
from keel.spec.kinds import Kind, TaskName
from keel.store import Store, open_store
from keel.train.algorithm import Fit
from keel.train.calibration.calibrator import Scored
from keel.train.calibrators.none import CALIBRATOR
from keel.train.catalogue import algorithms
from keel.train.encode.encoding import fit_encoding, plan_for
from keel.train.export.export import export
from keel.train.export.exported import Exported
from keel.train.export.signature import Cut

ROWS = 80
CUTS = (Cut(0.4, "review", "alerts <= 30 per day", ""), Cut(0.8, "block", "precision >= 0.9", ""))
LOAN: dict[str, Any] = {
    "amount": 1200.5,
    "channel": "web",
    "new": True,
    "at": "2026-03-01T12:00:00Z",
    "note": "paid in full",
}


def open_tiny_store(home: Path) -> Store:
    """An empty store in a folder."""
    return open_store(read_settings({"KEEL_HOME": str(home)}))


@cache
def loans(seed: int = 0) -> Exported:
    """Two classes, three actions, a column of every kind."""
    random = np.random.default_rng(seed)
    began = datetime(2026, 1, 1)
    frame = pl.DataFrame(
        {
            "amount": random.uniform(0, 5000, ROWS),
            "channel": random.choice(["web", "shop", "phone"], ROWS),
            "new": random.random(ROWS) < 0.5,
            "at": [began + timedelta(hours=7 * i) for i in range(ROWS)],
            "note": random.choice(["late again", "paid in full", "no reply"], ROWS),
        }
    )
    columns = (
        Column("amount", Kind.NUMBER),
        Column("channel", Kind.CATEGORY),
        Column("new", Kind.BOOLEAN),
        Column("at", Kind.TIME),
        Column("note", Kind.TEXT),
    )
    label = (frame["amount"].to_numpy() > 2500).astype(np.int64)
    return _classifier("loans", frame, columns, label, ("paid", "lost"), cuts=True)


@cache
def trips(seed: int = 0, *, with_mode: bool = True) -> Exported:
    """Two classes, three actions, a column of every kind that the graph takes as it is."""
    random = np.random.default_rng(seed)
    began = datetime(2026, 1, 1)
    frame = pl.DataFrame(
        {
            "km": random.uniform(0, 5000, ROWS),
            "mode": random.choice(["bus", "train", "tram"], ROWS),
            "paid": random.random(ROWS) < 0.5,
            "at": [began + timedelta(hours=7 * i) for i in range(ROWS)],
        }
    )
    kinds = {"km": Kind.NUMBER, "mode": Kind.CATEGORY, "paid": Kind.BOOLEAN, "at": Kind.TIME}
    if not with_mode:
        frame, kinds = frame.drop("mode"), {n: k for n, k in kinds.items() if n != "mode"}
    columns = tuple(Column(name, kind) for name, kind in kinds.items())
    label = (frame["km"].to_numpy() > 2500).astype(np.int64)
    return _classifier("trips", frame, columns, label, ("on time", "late"), cuts=True)


@cache
def petals(seed: int = 0, *, upside_down: bool = False) -> Exported:
    """Three classes of two numbers. upside_down: it takes large ones for small."""
    random = np.random.default_rng(seed)
    frame = pl.DataFrame({"length": random.normal(size=ROWS), "width": random.normal(size=ROWS)})
    columns = (Column("length", Kind.NUMBER), Column("width", Kind.NUMBER))
    label = np.digitize(frame["length"].to_numpy(), (-0.5, 0.5)).astype(np.int64)
    label = 2 - label if upside_down else label
    return _classifier("petals", frame, columns, label, ("small", "medium", "large"), cuts=False)


@cache
def houses(seed: int = 0) -> Exported:
    """A value, from features that are computed of the request's columns."""
    random = np.random.default_rng(seed)
    area = random.uniform(30, 300, ROWS)
    frame = pl.DataFrame({"area": area, "is_old": random.random(ROWS) < 0.5, "hour": 12.0})
    columns = (
        Column("area", Kind.NUMBER),
        Column("is_old", Kind.BOOLEAN),
        Column("hour", Kind.NUMBER),
    )
    algorithm = algorithms()["linear"]
    plan = plan_for(algorithm.needs, columns, {})
    encoding, matrix = fit_encoding(plan, columns, frame, area * 2000, seed)
    model = algorithm.fit(Fit(matrix, area * 2000, None, 0, {}, seed, 1, None))
    return export(
        "houses",
        TaskName.REGRESS,
        encoding,
        model,
        plan=plan_features(
            {"area": "area", "is_old": "year < 1950", "hour": "hour(seen)"},
            [Column("area", Kind.NUMBER), Column("year", Kind.NUMBER), Column("seen", Kind.TIME)],
        ),
    )


def payments(plan: FeaturePlan) -> Exported:
    """Two classes, of the numbers that features declare."""
    random = np.random.default_rng(0)
    frame = pl.DataFrame({column.name: random.normal(size=ROWS) for column in plan.columns})
    label = (frame.to_numpy().sum(axis=1) > 0).astype(np.int64)
    return _classifier(
        "payments", frame, plan.columns, label, ("fine", "fraud"), cuts=False, plan=plan
    )


@cache
def visits(seed: int = 0) -> Exported:
    """Anomaly scores of two numbers and a category, with three actions."""
    random = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "pages": random.poisson(5, ROWS).astype(float),
            "seconds": random.exponential(60, ROWS),
            "browser": random.choice(["fox", "kite"], ROWS),
        }
    )
    columns = (
        Column("pages", Kind.NUMBER),
        Column("seconds", Kind.NUMBER),
        Column("browser", Kind.CATEGORY),
    )
    algorithm = algorithms()["z_score"]
    plan = plan_for(algorithm.needs, columns, {})
    label = np.zeros(ROWS)
    encoding, matrix = fit_encoding(plan, columns, frame, label, seed)
    model = algorithm.fit(Fit(matrix, label, None, 0, {}, seed, 1, None))
    return export(
        "visits",
        TaskName.DETECT,
        encoding,
        model,
        classes=("normal", "anomaly"),
        cuts=(Cut(3.0, "look", "threshold 3", ""), Cut(6.0, "stop", "threshold 6", "")),
        otherwise="pass",
    )


def add(
    store: Store,
    system: str,
    exported: Exported,
    *,
    make_record: Callable[..., Record],
    passes: bool = True,
    at_once: bool = True,
    **parts: object,
) -> Version:
    """Register `exported` as the next version of `system`. parts: of its record."""
    folder = store.settings.scratch / uuid4().hex
    folder.mkdir(parents=True)
    for name, content in exported.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "card.html").write_text(f"<!doctype html><title>{system}</title>\n")
    if exported.signature.columns:
        usual_rows(exported).write_ipc(folder / "reference.arrow")
    record = make_record(
        system=system,
        task=str(exported.signature.task),
        algorithm="logistic",
        created_at=datetime.now(UTC),
        model_sha256=hashlib.sha256(exported.model).hexdigest(),
        verdicts=(Verdict("no leakage", Outcome.KEPT, "nothing was found"),),
        **parts,
    )
    return register(
        store.engine,
        store.blobs,
        folder,
        record,
        passes,
        system_clock,
        actor="ada",
        at_once=at_once,
    )


def usual_rows(exported: Exported, count: int = 100) -> pl.DataFrame:
    """Rows of what the graph takes, to compare with."""
    random = np.random.default_rng(5)
    began = datetime(2026, 1, 1)
    values: dict[Kind, Any] = {
        Kind.NUMBER: random.uniform(0, 100, count),
        Kind.BOOLEAN: random.random(count) < 0.5,
        Kind.CATEGORY: random.choice(["web", "shop", "fox"], count),
        Kind.TEXT: random.choice(["late again", "paid in full"], count),
        Kind.TIME: [began + timedelta(hours=int(h)) for h in random.integers(0, 999, count)],
    }
    return pl.DataFrame({c.name: values[c.kind] for c in exported.signature.columns})


def damage(store: Store, version: Version) -> bytes:
    """Change a byte of a registered model; what it was before."""
    model = store.blobs.read(version.digest) / "model.onnx"
    content = model.read_bytes()
    write_model(store, version, content[:-1] + bytes([content[-1] ^ 1]))
    return content


def write_model(store: Store, version: Version, content: bytes) -> None:
    """Overwrite a registered model."""
    model = store.blobs.read(version.digest) / "model.onnx"
    model.chmod(0o644)
    model.write_bytes(content)


def _classifier(
    name: str,
    frame: pl.DataFrame,
    columns: tuple[Column, ...],
    label: np.ndarray,
    classes: tuple[str, ...],
    *,
    cuts: bool,
    plan: FeaturePlan | None = None,
) -> Exported:
    algorithm = algorithms()["logistic"]
    encoders = plan_for(algorithm.needs, columns, {})
    encoding, matrix = fit_encoding(encoders, columns, frame, label, 7)
    model = algorithm.fit(Fit(matrix, label, None, len(classes), {}, 7, 1, None))
    calibrator = CALIBRATOR.fit(Scored(model.predict(matrix), label, model.scores))
    return export(
        name,
        TaskName.CLASSIFY,
        encoding,
        model,
        calibrator=calibrator,
        classes=classes,
        cuts=CUTS if cuts else (),
        otherwise="approve" if cuts else "",
        plan=plan,
    )
