"""The target as a column: renamed, re-encoded, re-scaled or otherwise in the same order."""

import numpy as np

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.pairs import Pairs, pair_values
from keel.evaluate.leakage.target import Floats
from keel.spec.kinds import Kind

LEAST_ROWS = 50
LEAST_SHARE = 0.05
SAME_ORDER = 0.99999


def find(context: Context) -> list[Finding]:
    """Columns whose values correspond one to one, or in order, with the label's."""
    label = context.label
    findings: list[Finding] = []
    for column in context.columns:
        values = context.values(column.name)
        known = ~np.isnan(values)
        if known.sum() < max(LEAST_ROWS, LEAST_SHARE * len(values)):
            continue
        evidence = None
        if context.one_column(column.name).distinct <= known.sum() / 3:
            evidence = _re_encoded(pair_values(values[known], label[known]), len(values))
        if evidence is None and not context.examples.classes and column.kind is not Kind.CATEGORY:
            evidence = _same_order(values[known], label[known])
        if evidence is not None:
            findings.append(_finding(column.name, evidence))
    return findings


def _re_encoded(pairs: Pairs, rows: int) -> str | None:
    if not pairs.function or pairs.distinct != pairs.labels or not pairs.beyond_chance:
        return None
    return (
        f"each of its {pairs.distinct} values stands for exactly one value of the label and the "
        f"other way round, in all {pairs.rows:,} of {rows:,} rows where it is filled"
    )


def _same_order(values: Floats, label: Floats) -> str | None:
    if len(np.unique(label)) < 10:
        return None
    linear = abs(float(np.corrcoef(values, label)[0, 1])) if values.std() > 0 else 0.0
    if linear > 1 - 1e-9:
        return f"it is the label times a constant plus a constant in all {len(values):,} rows"
    order = np.argsort(values, kind="stable")
    steps = np.diff(np.argsort(np.argsort(label, kind="stable"), kind="stable")[order])
    # The sign of the steps settles most columns before anything is ranked with ties.
    if abs(float(np.sign(steps).mean())) < 0.5:
        return None
    ranked = float(abs(np.corrcoef(_ranks(values), _ranks(label))[0, 1]))
    if ranked < SAME_ORDER:
        return None
    return f"it puts {len(values):,} rows in the label's order (rank correlation {ranked:.6f})"


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def _finding(name: str, evidence: str) -> Finding:
    return Finding(
        "copy",
        (name,),
        Severity.CERTAIN,
        f"{name}: {evidence}",
        "it is the label itself under another name or in another form, and will not be known "
        "when a prediction is asked for",
        ignore([name]),
    )
