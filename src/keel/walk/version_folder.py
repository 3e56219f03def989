"""Fills a version's folder and writes its record."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version as library_version
from pathlib import Path

import numpy as np
import polars as pl

from keel.data.check import Checked
from keel.data.examples import Examples
from keel.data.row_hash import SCHEME, hash_rows
from keel.data.split import Split
from keel.registry.artifact import REFERENCE
from keel.registry.lineage import read_lineage
from keel.registry.record import Record, RowCounts, figure
from keel.registry.snapshot import keep_snapshot
from keel.spec.system import System
from keel.train.export.exported import write_exported
from keel.train.train import Trained
from keel.walk.recorded import record_data
from keel.walk.walked import Walked

TRAINED_ROWS = "trained_rows.arrow"

REFERENCE_ROWS = 10_000
"""Enough to compare distributions with, little enough to ship with every version."""


def search_key(checked: Checked, system: System, split: Split) -> str:
    """Names the folder of finished trials: equal only if the same trial would come out again."""
    declared = system.model_dump(
        mode="json", exclude={"promises", "card", "decide", "description", "strict"}
    )
    for budget in ("trials", "minutes", "refit", "calibration"):
        declared["train"].pop(budget)
    libraries = [library_version(name) for name in ("scikit-learn", "lightgbm", "numpy", "optuna")]
    parts = [checked.table.fingerprint, declared, split.protocol, libraries]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def fill_version_folder(
    folder: Path, trained: Trained, examples: Examples, split: Split, seed: int
) -> None:
    """Write the model, its codecs, the reference table and which rows it learned from."""
    write_exported(trained.exported, folder)
    hashes = hash_rows(examples)[split.train]
    rows = pl.DataFrame({"hash": hashes, "scheme": [SCHEME] * len(hashes)})
    rows.with_columns(pl.col("scheme").cast(pl.Categorical)).write_ipc(folder / TRAINED_ROWS)
    _reference(trained, examples, seed).write_ipc(folder / REFERENCE)


def make_record(
    walked: Walked,
    *,
    base: Path,
    tables: Path,
    threads: int,
    seconds: Mapping[str, float],
) -> Record:
    """The record of the version that `walked` led to."""
    trained, split, checked = walked.trained, walked.split, walked.checked
    exported = trained.exported
    table = checked.table
    protocol = split.protocol
    return Record(
        system=walked.system.system,
        task=trained.bench.task.name.value,
        algorithm=trained.winner.algorithm,
        created_at=walked.created,
        declaration=walked.system.model_dump(mode="json", exclude_defaults=True),
        data=keep_snapshot(tables, table.path, table.fingerprint),
        rows=count_rows(walked),
        signature=json.loads(exported.signature.to_json()),
        parameters={**parameters(trained), "data": record_data(walked)},
        seeds={"train": walked.system.train.seed},
        lineage=read_lineage(base, threads),
        metrics={name: figure(e, protocol) for name, e in walked.examined.figures.items()},
        verdicts=walked.verdicts,
        leakage=walked.findings,
        parity_max_abs_diff=trained.parity.largest_difference,
        model_sha256=hashlib.sha256(exported.model).hexdigest(),
        seconds=dict(seconds),
        notes=checked.notes,
        trials=len(trained.candidates),
    )


def parameters(trained: Trained) -> dict[str, object]:
    """Everything that was settled: the recipe as searched, and as the libraries resolved it."""
    calibration = trained.calibration
    resolved: dict[str, object] = {
        "recipe": trained.winner.recipe.to_json(),
        "model": dict(trained.pipeline.model.parameters),
        "encoding": dict(trained.pipeline.encoding.parameters),
    }
    if trained.pipeline.target is not None:
        resolved["target"] = dict(trained.pipeline.target.parameters)
    if calibration is not None:
        fitted = calibration.calibrator
        resolved["calibration"] = {"name": fitted.name, **fitted.parameters}
    return resolved


def count_rows(walked: Walked) -> RowCounts:
    """Rows by use. Validation rows are among the training rows: folds take turns."""
    split = walked.split
    return RowCounts(
        train=len(split.train),
        validation=sum(len(fold.validate) for fold in split.folds),
        test=len(split.test),
        quarantined=walked.checked.quarantine.rows,
    )


def _reference(trained: Trained, examples: Examples, seed: int) -> pl.DataFrame:
    """A sample of rows with the answers that were given to them out of fold."""
    rows = trained.validated
    count = min(len(rows), REFERENCE_ROWS)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:count])
    frame = examples.frame[rows[chosen]]
    output = trained.out_of_fold.output[chosen]
    answers = {"keel label": examples.label[rows[chosen]]}
    if output.ndim == 1:
        answers["keel value"] = output
    else:
        answers |= {f"keel score {name}": output[:, i] for i, name in enumerate(examples.classes)}
    return frame.hstack(pl.DataFrame(answers))
