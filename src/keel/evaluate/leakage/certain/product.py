"""The target as a product or ratio of columns."""

import numpy as np

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.linear import Sum, exact_sums
from keel.evaluate.leakage.target import Floats

LEAST_ROWS = 40
POWERS = (0.5, 1.0, 2.0)
LEFT_OVER = 1e-5
MOST_FINDINGS = 3


def find(context: Context) -> list[Finding]:
    """Columns whose product, with powers, is the label: their logarithms add up to its own."""
    label = context.target.number
    if label is None or context.examples.classes:
        return []
    rows = np.flatnonzero(label != 0)
    if len(rows) < LEAST_ROWS:
        return []
    names = [name for name in context.numeric() if name not in context.accused]
    columns = [context.values(name)[rows] for name in names]
    several = [place for place, column in enumerate(columns) if _spread(column)]
    if len(several) < 2:
        return []
    plain = np.column_stack([columns[place] for place in several])
    names = [names[place] for place in several]
    logs = np.log(np.abs(np.where(plain == 0, np.nan, plain)))
    sums = exact_sums(logs, np.log(np.abs(label[rows])), context.seed)
    exact = [each for each in sums if _holds(each, plain, label[rows])]
    return [
        _finding(context, each, tuple(names[place] for place in each.places))
        for each in exact[:MOST_FINDINGS]
    ]


def _spread(column: Floats) -> bool:
    known = column[~np.isnan(column) & (column != 0)]
    return len(known) >= LEAST_ROWS and float(np.ptp(np.log(np.abs(known)))) > 0


def _holds(each: Sum, plain: Floats, label: Floats) -> bool:
    """Whether the powers are ones people write, and the product is the label, sign and all."""
    powers = np.array(each.weights)
    if min(np.abs(np.abs(power) - np.array(POWERS)).min() for power in powers) > 1e-2:
        return False
    chosen = plain[:, each.places]
    known = ~np.isnan(chosen).any(axis=1) & (chosen != 0).all(axis=1)
    chosen, y = chosen[known], label[known]
    rounded = np.sign(powers) * np.array(
        [POWERS[int(np.abs(abs(power) - np.array(POWERS)).argmin())] for power in powers]
    )
    product = np.prod(np.sign(chosen) * np.abs(chosen) ** rounded, axis=1)
    scale = float(product @ y) / float(product @ product)
    spread = float(((y - y.mean()) ** 2).sum())
    return spread > 0 and float(((y - scale * product) ** 2).sum()) < LEFT_OVER * spread


def _finding(context: Context, each: Sum, names: tuple[str, ...]) -> Finding:
    top = [name for name, power in zip(names, each.weights, strict=True) if power > 0]
    bottom = [name for name, power in zip(names, each.weights, strict=True) if power < 0]
    formula = " * ".join(top) or "1"
    if bottom:
        formula += " / " + " / ".join(bottom)
    powers = ", ".join(f"{abs(power):.3g}" for power in each.weights)
    return Finding(
        "product",
        names,
        Severity.CERTAIN,
        f"{context.system.labelled.column} is {formula} times a constant (powers {powers}) in all "
        f"{each.rows:,} rows where none is zero",
        "the label is computed from these columns, so they are known only when it is",
        ignore(names),
    )
