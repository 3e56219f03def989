"""A number that only counts the rows, and yet predicts."""

import numpy as np

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.order import follows_order
from keel.spec.kinds import Kind

UNIQUE = 0.98
PREDICTS = {True: 0.65, False: 0.25}
"""What such a column must reach alone (ROC AUC, R2)."""


def find(context: Context) -> list[Finding]:
    """Whole numbers, different in every row, that rise with the rows or leave few gaps."""
    is_class = bool(context.examples.classes)
    findings: list[Finding] = []
    for column in context.columns:
        if column.name in context.accused or column.kind is not Kind.NUMBER:
            continue
        model = context.one_column(column.name)
        if not model.score >= PREDICTS[is_class]:
            continue
        values = context.values(column.name)
        known = values[~np.isnan(values)]
        if model.distinct < UNIQUE * len(known) or not (known == np.floor(known)).all():
            continue
        gaps = float(np.ptp(known)) / max(1, len(context.split.train))
        if follows_order(context, column.name) or gaps <= 2:
            findings.append(
                Finding(
                    "identifier",
                    (column.name,),
                    Severity.SUSPECT,
                    f"{column.name} is a different whole number in every row, and alone reaches "
                    f"{context.target.measure} {model.score:.3f}",
                    "a number given to rows one after the other knows the order in which labels "
                    "were collected, and new rows will have numbers never seen",
                    ignore([column.name]),
                )
            )
    return findings
