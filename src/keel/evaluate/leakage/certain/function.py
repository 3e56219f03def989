"""The target as a function of one column: a mapping of its values, or a curve over them."""

import numpy as np

from keel.data.table import Column
from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.order import follows_order
from keel.evaluate.leakage.pairs import pair_values
from keel.evaluate.leakage.target import Floats, Integers
from keel.evaluate.leakage.xi import chatterjee_xi
from keel.spec.kinds import Kind

LEAST_ROWS = 50
ROWS_PER_VALUE = 5
LEAST_CHANGES = 50.0
"""Expected changes of class along a column of no meaning, below which nothing can be said."""
EXACT = 0.995
DENSE = 0.1
TIGHT = 50.0
LEAST_SCORE = {True: 0.55, False: 0.2}
"""What a column must reach alone (ROC AUC, R2) to be worth a closer look."""


def find(context: Context) -> list[Finding]:
    """Columns that settle the label, one by one."""
    findings: list[Finding] = []
    for column in context.columns:
        known = ~np.isnan(context.values(column.name))
        least = LEAST_SCORE[bool(context.examples.classes)]
        if known.sum() < LEAST_ROWS or not context.one_column(column.name).score > least:
            continue
        found = _by_mapping(context, column.name)
        if found is None and not follows_order(context, column.name):
            found = _by_curve(context, column)
        if found is not None:
            findings.append(_finding(column.name, found))
    return findings


def _by_mapping(context: Context, name: str) -> str | None:
    """Each of its values, of several rows each, meets one label."""
    values = context.values(name)
    known = ~np.isnan(values)
    if context.one_column(name).distinct > known.sum() / ROWS_PER_VALUE:
        return None
    pairs = pair_values(values[known], context.label[known])
    if not pairs.function or pairs.labels >= pairs.distinct or not pairs.beyond_chance:
        return None
    return (
        f"each of its {pairs.distinct} values meets one label only, in all {pairs.rows:,} rows "
        "where it is filled"
    )


def _by_curve(context: Context, column: Column) -> str | None:
    if column.kind is Kind.CATEGORY:
        return None
    values = context.values(column.name)
    kept = context.distinct_rows[~np.isnan(values[context.distinct_rows])]
    curve = _by_class if context.examples.classes else _by_value
    return curve(values[kept], context.label[kept], context.seed)


def _by_value(values: Floats, label: Floats, seed: int) -> str | None:
    if len(values) < LEAST_ROWS:
        return None
    xi = chatterjee_xi(values, label, seed)
    if not xi >= EXACT:
        return None
    return f"the label is a curve over it: Chatterjee's xi {xi:.4f}, where 1 is a function"


def _by_class(values: Floats, label: Floats, seed: int) -> str | None:
    """Sorted by the column, the classes come in a few unbroken runs, without a moat between.

    Classes that lie far apart are an easy problem, not a leak, so a run must either end where
    rows are dense, as a threshold cut through a quantity does, or be narrow, as a label with a
    little noise is.
    """
    codes = label.astype(np.int64)
    share = np.bincount(codes) / max(1, len(codes))
    expected = len(codes) * float((share * (1 - share)).sum())
    if expected < LEAST_CHANGES:
        return None
    order = np.lexsort((np.random.default_rng(seed).random(len(codes)), values))
    ordered, codes = values[order], codes[order]
    changes = np.flatnonzero(np.diff(codes))
    fewest = int((share > 0).sum()) - 1
    if len(changes) - fewest > max(2.0, 0.002 * expected):
        return None
    if not (_cut_where_dense(ordered, codes, changes) or _narrow(ordered, codes)):
        return None
    return (
        f"sorted by it, the label changes {len(changes)} times in {len(codes):,} rows where "
        f"{expected:,.0f} changes are expected of a column of no meaning"
    )


def _cut_where_dense(ordered: Floats, codes: Integers, changes: Integers) -> bool:
    low, high = np.quantile(ordered, [0.05, 0.95])
    least = np.bincount(codes)
    window = max(2, int(0.05 * least[least > 0].min()))
    left = np.maximum(changes - window, 0)
    right = np.minimum(changes + window, len(ordered) - 1)
    return bool((ordered[right] - ordered[left] <= DENSE * (high - low)).all())


def _narrow(ordered: Floats, codes: Integers) -> bool:
    present = np.unique(codes)
    means = np.array([ordered[codes == code].mean() for code in present])
    spread = max(float(ordered[codes == code].std()) for code in present)
    return bool(np.diff(np.sort(means)).min() > TIGHT * spread)


def _finding(name: str, evidence: str) -> Finding:
    return Finding(
        "function",
        (name,),
        Severity.CERTAIN,
        f"{name}: {evidence}",
        "a column that settles the label alone was computed from it, or the label from the column",
        ignore([name], "the label is meant to be read off it, and then no model is needed"),
    )
