"""A label that follows from when, or where in the table, a row stands."""

import numpy as np
from scipy.stats import rankdata

from keel.evaluate.leakage.bins import one_column, read_codes
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.target import Floats

STRONG = {True: 0.75, False: 0.35}
NOTED = {True: 0.7, False: 0.3}
"""ROC AUC and R2 of time alone: enough for a suspicion, enough for a note on the order of rows."""
SORTED = 0.95


def find(context: Context) -> list[Finding]:
    """A suspicion where a time is declared and explains the label, a note on the order of rows
    where none is.
    """
    is_class = bool(context.examples.classes)
    time = context.examples.time
    if time is None:
        score = _score(context, context.rows.astype(np.float64))
        noted = score >= NOTED[is_class] and context.split.by == "random"
        return [_note(context, score)] if noted and not _sorted_by_label(context) else []
    moment = time[context.rows].astype("datetime64[us]")
    when = np.where(np.isnat(moment), np.nan, moment.astype(np.int64).astype(np.float64))
    score = _score(context, when)
    if not score >= STRONG[is_class]:
        return []
    return [_finding(context, score)]


def _score(context: Context, when: Floats) -> float:
    codes, distinct = read_codes(when, category=False)
    return one_column(codes, distinct, context.fold, context.target).score


def _sorted_by_label(context: Context) -> bool:
    """Whether rows were put in the order of their labels, which says nothing about time."""
    label = context.label
    if context.examples.classes:
        return int((np.diff(label) != 0).sum()) <= 3 * len(context.examples.classes)
    return abs(float(np.corrcoef(rankdata(label), np.arange(len(label)))[0, 1])) >= SORTED


def _finding(context: Context, score: float) -> Finding:
    name = context.system.table.time or "time"
    return Finding(
        "time trend",
        (name,),
        Severity.SUSPECT,
        f"{context.target.measure} of {name} alone {score:.3f}, on {len(context.rows):,} rows",
        "the label follows from when a row arose, which says nothing about rows to come; every "
        "column that grows with time will look useful",
        "split: {by: time}" + f", and no feature that counts days or rows; ignore {name} as one",
    )


def _note(context: Context, score: float) -> Finding:
    return Finding(
        "row order",
        (),
        Severity.NOTE,
        f"{context.target.measure} of the row number alone {score:.3f}",
        "rows seem to be in the order of time, and the label changes with it; a random split lets "
        "the model see the future",
        "declare the time column: data: {...: {time: COLUMN}}, or split by time",
    )
