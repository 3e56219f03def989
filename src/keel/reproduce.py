"""Refits a recorded version on its recorded table and compares."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from keel.metrics.bootstrap import point
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import find
from keel.registry.lineage import read_lineage
from keel.registry.record import Record
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_measure
from keel.store import Store
from keel.train.export.exported import Exported
from keel.train.progress import Tell, silent
from keel.walk.courses import find_course
from keel.walk.recorded import recorded_data

CLOSE = 1e-9
"""Figures further apart than this are told as different."""


@dataclass(frozen=True)
class Reproduction:
    """What came of a refit. differences: one line for each figure or library that is not as
    recorded; a library alone makes no difference if the model is the same."""

    version: str
    recorded_sha256: str
    refitted_sha256: str
    differences: tuple[str, ...]
    figures_same: bool

    @property
    def same(self) -> bool:
        """Whether the model is the same to the byte and so are its figures."""
        return self.recorded_sha256 == self.refitted_sha256 and self.figures_same

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "version": self.version,
            "same": self.same,
            "recorded_sha256": self.recorded_sha256,
            "refitted_sha256": self.refitted_sha256,
            "differences": list(self.differences),
        }


@threadpool_limits.wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
def reproduce(reference: str, store: Store, tell: Tell) -> Reproduction:
    """Refit the recorded winner of a version on the recorded table and hold it against the record.

    Raises NotFound for an unknown version, TableError or ArtifactError when the table that it
    learned from is gone or changed.
    """
    version = find(store.engine, reference)
    record = read_version_record(read_artifact(store.blobs, version.digest))
    exported, figures = _refit(record, store.settings.tables, str(version), tell)
    refitted = hashlib.sha256(exported.model).hexdigest()
    differences = _figure_differences(record, figures)
    same = not differences
    differences += _library_differences(record)
    return Reproduction(str(version), record.model_sha256, refitted, tuple(differences), same)


def _refit(
    record: Record, tables: Path, version: str, tell: Tell
) -> tuple[Exported, dict[str, float]]:
    checked, system = recorded_data(record, tables, version)
    tell(f"table     {checked.table.path.name}")
    course = find_course(TaskName(record.task))
    prepared = course.prepare(checked, system, silent)
    exported, evidence = course.refit(prepared, system, record, tell=tell)
    return exported, {name: point(parse_measure(name), evidence) for name in record.metrics}


def _figure_differences(record: Record, figures: dict[str, float]) -> list[str]:
    told = []
    for name, recorded in record.metrics.items():
        now = figures[name]
        was = math.nan if recorded.value is None else recorded.value
        if not (math.isclose(now, was, rel_tol=CLOSE) or (math.isnan(now) and math.isnan(was))):
            told.append(f"{name}: recorded {was:.9g}, now {now:.9g}")
    return told


def _library_differences(record: Record) -> list[str]:
    now = read_lineage(Path(), record.lineage.threads)
    return [
        f"library {name}: recorded {was}, now {now.libraries.get(name, 'not installed')}"
        for name, was in record.lineage.libraries.items()
        if now.libraries.get(name) != was
    ]
