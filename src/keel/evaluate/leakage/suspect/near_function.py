"""The target as a function of one column, but for a little noise or rounding."""

import numpy as np

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.order import follows_order
from keel.evaluate.leakage.xi import chatterjee_xi
from keel.spec.kinds import Kind

LEAST_ROWS = 50
LEAST_SCORE = 0.2
NEARLY = 0.97


def find(context: Context) -> list[Finding]:
    """Columns over which a value is nearly a curve, or whose bins leave next to nothing of it.

    Classes are left to the other checks: one column that nearly tells them apart may be an easy
    problem.
    """
    if context.examples.classes:
        return []
    findings: list[Finding] = []
    for column in context.columns:
        score = context.one_column(column.name).score
        if column.name in context.accused or not score > LEAST_SCORE:
            continue
        if follows_order(context, column.name):
            continue
        xi = 0.0 if column.kind is Kind.CATEGORY else _xi(context, column.name)
        if max(xi, score) >= NEARLY:
            findings.append(_finding(context, column.name, xi, score))
    return findings


def _xi(context: Context, name: str) -> float:
    values = context.values(name)
    kept = context.distinct_rows[~np.isnan(values[context.distinct_rows])]
    if len(kept) < LEAST_ROWS:
        return 0.0
    return chatterjee_xi(values[kept], context.label[kept], context.seed)


def _finding(context: Context, name: str, xi: float, score: float) -> Finding:
    curve = f", Chatterjee's xi {xi:.3f} where 1 is a function" if xi else ""
    return Finding(
        "near function",
        (name,),
        Severity.SUSPECT,
        f"{name} alone reaches {context.target.measure} {score:.3f}{curve}",
        "a column that settles the label so nearly was computed from it, or the label from it",
        ignore([name], "it is known when the prediction is asked for"),
    )
