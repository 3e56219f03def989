"""The target as a sum or difference of columns."""

import numpy as np

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.linear import Sum, exact_sums, whole_ratios

MOST_FINDINGS = 3


def find(context: Context) -> list[Finding]:
    """Pairs, else one larger set, whose weighted sum is the label."""
    label = context.target.number
    if label is None or not label.std() > 0:
        return []
    names = [
        name
        for name in context.numeric()
        # What settles the label alone makes a pair with anything.
        if name not in context.accused and context.one_column(name).distinct > 1
    ]
    if len(names) < 2:
        return []
    columns = np.column_stack([context.values(name) for name in names])
    sums = exact_sums(columns, label, context.seed)
    return [
        _finding(context, each, tuple(names[place] for place in each.places))
        for each in sums[:MOST_FINDINGS]
        # Many columns of arbitrary weights are how a simulation makes a label, not how a
        # total comes about.
        if len(each.places) == 2 or whole_ratios(each.weights)
    ]


def _finding(context: Context, each: Sum, names: tuple[str, ...]) -> Finding:
    terms = " ".join(
        f"{'-' if weight < 0 else '+'} {_times(weight)}{name}"
        for weight, name in zip(each.weights, names, strict=True)
    ).removeprefix("+ ")
    label = context.system.labelled.column
    return Finding(
        "sum",
        names,
        Severity.CERTAIN,
        f"{label} = {terms} (plus a constant) in all {each.rows:,} rows where they are filled; "
        f"{each.left_over:.1e} of its variance is left over",
        "the label is added up from these columns, so they are known only when it is",
        ignore(names),
    )


def _times(weight: float) -> str:
    size = abs(weight)
    return "" if abs(size - 1) < 1e-4 else f"{size:.6g} * "
