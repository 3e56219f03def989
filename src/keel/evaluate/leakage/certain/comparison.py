"""A class that says which of two columns is larger, or where their sum or product passes a bar."""

import numpy as np
from numpy.typing import NDArray

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.target import Floats

MOST_COLUMNS = 150
PROBE_EACH = 40
LEAST_EACH = 50
DENSE = 0.1
FEW_VALUES = 12
SETTLED = 0.98
MOST_FINDINGS = 3
SIGNS = ("-", "+", "*", "/")

Mask = NDArray[np.bool_]


def find(context: Context) -> list[Finding]:
    """Pairs of columns `a`, `b` for which the class is `a - b > bar`, or `+`, `*`, `/` for `-`."""
    if context.target.classes != 2:
        return []
    positive = context.target.codes == 1
    if min(positive.sum(), (~positive).sum()) < LEAST_EACH:
        return []
    names = _candidates(context)
    if len(names) < 2:
        return []
    columns = np.column_stack([context.values(name) for name in names])
    generator = np.random.default_rng([context.seed, 2])
    probe = np.concatenate(
        [
            generator.choice(np.flatnonzero(side), min(PROBE_EACH, int(side.sum())), replace=False)
            for side in (positive, ~positive)
        ]
    )
    findings: list[Finding] = []
    for sign in SIGNS:
        for i, j in _separating(columns[probe], positive[probe], sign):
            bar = _bar(_joined(columns[:, i], columns[:, j], sign), positive)
            if bar is not None and len(findings) < MOST_FINDINGS:
                findings.append(_finding(context, (names[i], names[j]), sign, bar))
    return findings


def _candidates(context: Context) -> list[str]:
    scores = {
        name: context.one_column(name).score
        for name in context.numeric()
        if context.one_column(name).score <= SETTLED and not np.isnan(context.values(name)).any()
    }
    return sorted(sorted(scores, key=lambda name: -scores[name])[:MOST_COLUMNS])


def _separating(columns: Floats, positive: Mask, sign: str) -> list[tuple[int, int]]:
    """Pairs that put all positives of a few rows on one side of the rest."""
    found: list[tuple[int, int]] = []
    for i in range(columns.shape[1]):
        others = columns if sign in "-/" else columns[:, i + 1 :]
        start = 0 if sign in "-/" else i + 1
        joined = _joined(columns[:, i : i + 1], others, sign)
        inside, outside = joined[positive], joined[~positive]
        apart = inside.min(axis=0) > outside.max(axis=0)
        if sign in "+*":
            apart |= inside.max(axis=0) < outside.min(axis=0)
        found.extend((i, start + int(j)) for j in np.flatnonzero(apart) if start + j != i)
    return found


def _joined(left: Floats, right: Floats, sign: str) -> Floats:
    if sign == "-":
        return np.asarray(left - right)
    if sign == "+":
        return np.asarray(left + right)
    if sign == "*":
        return np.asarray(left * right)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(right == 0, np.nan, left / np.where(right == 0, 1.0, right)))


def _bar(joined: Floats, positive: Mask) -> float | None:
    """Where the classes part, if they part everywhere and where rows are dense.

    Two clouds far apart part as well, and mean nothing.
    """
    if np.isnan(joined).any():
        return None
    inside, outside = np.sort(joined[positive]), np.sort(joined[~positive])
    if inside[0] < outside[0]:
        inside, outside = outside, inside
    if not inside[0] > outside[-1]:
        return None
    bar = float((inside[0] + outside[-1]) / 2)
    if len(np.unique(joined)) <= FEW_VALUES:
        return bar
    window = max(5, int(0.05 * min(len(inside), len(outside))))
    low, high = np.quantile(joined, [0.05, 0.95])
    return bar if inside[window] - outside[-1 - window] <= DENSE * (high - low) else None


def _finding(context: Context, names: tuple[str, str], sign: str, bar: float) -> Finding:
    label = context.system.labelled.column
    return Finding(
        "comparison",
        names,
        Severity.CERTAIN,
        f"{label} says on which side of {bar:.6g} `{names[0]} {sign} {names[1]}` lies, in all "
        f"{len(context.rows):,} rows",
        "the label is computed from these columns, so they are known only when it is",
        ignore(names, "both are known before the outcome, and then no model is needed"),
    )
