"""Writes down what a walk led to."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from keel.registry.lineage import read_lineage
from keel.registry.record import Record, figure
from keel.registry.snapshot import keep_snapshot
from keel.walk.course import Judged, Learned, Prepared
from keel.walk.recorded import record_data
from keel.walk.walked import Walked


def make_record(
    walked: Walked[Prepared, Learned, Judged],
    *,
    base: Path,
    tables: Path,
    threads: int,
    seconds: Mapping[str, float],
) -> Record:
    """The record of the version that `walked` led to."""
    learned, checked = walked.learned, walked.checked
    protocol = walked.prepared.protocol
    return Record(
        system=walked.system.system,
        task=walked.task.value,
        algorithm=learned.algorithm,
        created_at=walked.created,
        declaration=walked.system.model_dump(mode="json", exclude_defaults=True),
        data=keep_snapshot(tables, checked.table.path, checked.table.fingerprint),
        rows=walked.prepared.rows,
        signature=json.loads(learned.exported.signature.to_json()),
        parameters={**learned.parameters, "data": record_data(walked)},
        seeds={"train": walked.system.train.seed},
        lineage=read_lineage(base, threads),
        metrics={name: figure(e, protocol) for name, e in walked.judged.figures.items()},
        verdicts=walked.verdicts,
        leakage=walked.findings,
        parity_max_abs_diff=learned.largest_difference,
        model_sha256=hashlib.sha256(learned.exported.model).hexdigest(),
        seconds=dict(seconds),
        notes=checked.notes,
        trials=learned.trials,
        beside={
            name: keep_snapshot(tables, other.table.path, other.table.fingerprint)
            for name, other in checked.beside.items()
        },
    )
