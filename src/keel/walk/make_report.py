"""The report of a finished walk."""

from collections.abc import Mapping
from pathlib import Path

from keel.registry.record import Record
from keel.registry.version import Version
from keel.walk.course import Judged, Learned, Prepared
from keel.walk.report import RunReport
from keel.walk.walked import Walked


def make_report(
    walked: Walked[Prepared, Learned, Judged],
    record: Record,
    version: Version,
    folder: Path,
    seconds: Mapping[str, float],
) -> RunReport:
    """The report of a finished walk. folder: of the registered version."""
    return RunReport(
        record.system,
        version.number,
        version.status.value,
        record.task,
        {
            "train": record.rows.train,
            "validation": record.rows.validation,
            "test": record.rows.test,
            "quarantined": record.rows.quarantined,
        },
        dict(walked.judged.figures),
        walked.verdicts,
        walked.findings,
        record.algorithm,
        record.parameters,
        record.trials,
        walked.learned.why,
        folder / "card.html",
        folder,
        record.model_sha256,
        record.parity_max_abs_diff,
        dict(seconds),
        record.notes,
    )
