"""A time that comes after the example's own, and tells what happened."""

import numpy as np

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.bins import one_column, read_codes
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.spec.kinds import Kind

LEAST_ROWS = 50
LEAST_SHARE = 0.05
TELLS = {True: 0.65, False: 0.1}
TELLS_ALL = {True: 0.8, False: 0.5}
"""What the delay alone must reach (ROC AUC, R2) to be under suspicion, and to be certain."""


def find(context: Context) -> list[Finding]:
    """Time columns with values later than the example's time whose delay foretells the label.

    A date that lies ahead but is fixed beforehand (a due date) does not, as a rule, know what
    will happen.
    """
    if context.examples.time is None:
        return []
    now = context.examples.time[context.rows].astype("datetime64[us]").astype(np.int64) / 1e6
    missing = np.isnat(context.examples.time[context.rows])
    is_class = bool(context.examples.classes)
    findings: list[Finding] = []
    for column in context.columns:
        if column.kind is not Kind.TIME or column.name == context.system.table.time:
            continue
        delay = np.where(missing, np.nan, context.values(column.name) - now)
        late = int((delay > 0).sum())
        if late < max(LEAST_ROWS, LEAST_SHARE * np.isfinite(delay).sum()):
            continue
        codes, distinct = read_codes(delay, category=False)
        score = one_column(codes, distinct, context.fold, context.target).score
        if not score >= TELLS[is_class]:
            continue
        sure = score >= TELLS_ALL[is_class] or _after_label(context, delay)
        evidence = (
            f"{late:,} of {int(np.isfinite(delay).sum()):,} values of {column.name} are later "
            f"than {context.system.table.time}, and how much later foretells the label "
            f"({context.target.measure} {score:.3f})"
        )
        findings.append(
            _finding(column.name, Severity.CERTAIN if sure else Severity.SUSPECT, evidence)
        )
    return findings


def _after_label(context: Context, delay: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    """Whether nearly all values come even after the label is known."""
    known_after = context.system.labelled.known_after
    if known_after is None:
        return False
    return bool(np.nanmean(delay >= known_after.total_seconds()) >= 0.9)


def _finding(name: str, severity: Severity, evidence: str) -> Finding:
    return Finding(
        "after the label",
        (name,),
        severity,
        evidence,
        "it is filled in after the moment for which a prediction is wanted, so it will be empty "
        "then",
        ignore([name], "it is fixed before that moment"),
    )
