"""The label's mean by some identifier, each row's own label included."""

import numpy as np
import polars as pl

from keel.data.split import Rows
from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.target import Floats
from keel.spec.kinds import Kind

LEAST_VALUES = 5
SLOPE = 0.1
SAME = 1e-4
"""How far a mean may be from the value, as a share of the label's range: rounding."""
ROWS_EXACT = 0.99


def find(context: Context) -> list[Finding]:
    """Numbers v such that the rows with the value v have labels whose mean is v, exactly.

    A forecast that is right on average comes near its value; only a mean taken over the labels
    themselves meets it. Whether it does can be seen only where all rows of a value are, so a
    column that looks like one in the sample is looked at in the whole table.
    """
    findings: list[Finding] = []
    sides = _sides(context)
    for column in context.columns:
        if column.kind is not Kind.NUMBER:
            continue
        if context.one_column(column.name).distinct < LEAST_VALUES:
            continue
        for name, label in sides:
            if not _looks_like_mean(context.values(column.name), label[context.rows]):
                continue
            exact = max(
                _share_exact(context, column.name, label, rows)
                for rows in (np.arange(len(label)), context.split.train)
            )
            if exact >= ROWS_EXACT:
                findings.append(_finding(column.name, name, exact))
                break
    return findings


def _sides(context: Context) -> list[tuple[str, Floats]]:
    """What a mean can be taken of: the label's value, or being of a class."""
    classes = context.examples.classes
    label = context.examples.label
    if not classes:
        return [(context.system.labelled.column, label.astype(np.float64))]
    codes = [1] if len(classes) == 2 else range(min(len(classes), 8))
    return [(f"being {classes[code]!r}", (label == code).astype(np.float64)) for code in codes]


def _looks_like_mean(values: Floats, label: Floats) -> bool:
    """Whether the label rises by one where the column rises by one, and starts at its zero."""
    known = ~np.isnan(values)
    x, y = values[known], label[known]
    if len(x) < 50 or x.min() < label.min() or x.max() > label.max():
        return False
    variance = float(x.var())
    if not variance > 0:
        return False
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    error = float(y.std()) / np.sqrt(len(x))
    steep = float(y.std()) / np.sqrt(variance * len(x))
    return (
        covariance**2 > 25 * variance * float(y.var()) / len(x)
        and abs(covariance / variance - 1) < max(SLOPE, 4 * steep)
        and abs(float(x.mean() - y.mean())) < 4 * error
    )


def _share_exact(context: Context, name: str, label: Floats, rows: Rows) -> float:
    values = context.examples.frame[name].gather(rows)
    means = (
        pl.DataFrame({"value": values, "label": label[rows]})
        .filter(pl.col("value").is_not_null())
        .group_by("value")
        .agg(pl.col("label").mean().alias("mean"), pl.len().alias("rows"))
    )
    tolerance = SAME * float(np.ptp(label))
    near = (means["mean"] - means["value"]).abs() <= tolerance
    return float(means["rows"].filter(near).sum()) / max(1, float(means["rows"].sum()))


def _finding(name: str, what: str, exact: float) -> Finding:
    return Finding(
        "label encoding",
        (name,),
        Severity.CERTAIN,
        f"{name}: for {exact:.2%} of rows, the mean of {what} over all rows with the same value "
        "equals that value",
        "it is a mean of the label that includes the row's own label and those of the test part",
        ignore([name]) + "; keel encodes categories by the label inside the training folds itself",
    )
