"""A column whose being filled, or differing from its usual value, gives the label away."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity
from keel.evaluate.leakage.pairs import CHANCE
from keel.evaluate.leakage.target import Floats, Integers

LEAST_ROWS = 30
USUAL_SHARE = 0.2
KNOWN_SHARE = 0.2
"""Of the rows of a class, the share that must be given away for one class to count."""
AGREE = 0.98


@dataclass(frozen=True)
class _Given:
    severity: Severity
    evidence: str


def find(context: Context) -> list[Finding]:
    """Columns given away by where they are filled, or by where they leave their usual value."""
    label = context.examples.label[context.rows]
    findings: list[Finding] = []
    for column in context.columns:
        model = context.one_column(column.name)
        filled = model.codes != 0
        given = _given_away(context, filled, label)
        how = "filled"
        if given is None and model.distinct > 2:
            usual = int(np.bincount(model.codes[filled]).argmax()) if filled.any() else 0
            differs = model.codes != usual
            if np.mean(~differs) >= USUAL_SHARE and (filled.all() or not differs.all()):
                given = _given_away(context, differs, label)
                how = "other than its usual value"
        if given is not None:
            findings.append(_finding(column.name, how, given))
    return findings


def _given_away(
    context: Context, marked: NDArray[np.bool_], label: Integers | Floats
) -> _Given | None:
    count = int(marked.sum())
    if min(count, len(marked) - count) < LEAST_ROWS:
        return None
    if context.examples.classes:
        return _class_given(marked, label.astype(np.int64), context.examples.classes)
    return _value_given(marked, label.astype(np.float64))


def _class_given(
    marked: NDArray[np.bool_], codes: Integers, classes: tuple[str, ...]
) -> _Given | None:
    for side, word in ((marked, "where it is"), (~marked, "where it is not")):
        inside = np.bincount(codes[side], minlength=len(classes))
        code = int(inside.argmax())
        total = int((codes == code).sum())
        purity, reach = inside[code] / side.sum(), inside[code] / total
        chance = float(side.sum()) * np.log(max(total / len(codes), 1e-300))
        if chance > CHANCE:
            continue
        evidence = (
            f"{word}, {purity:.2%} of {side.sum():,} rows are {classes[code]!r} "
            f"(in the table {total / len(codes):.2%}), which is {reach:.2%} of that class"
        )
        if purity == 1 and reach >= KNOWN_SHARE:
            whole = reach >= 0.5
            return _Given(Severity.CERTAIN if whole else Severity.SUSPECT, evidence)
        # A class that nearly every row has fills any large side as well.
        others = (side.sum() - inside[code]) / max(1, len(codes) - total)
        if purity >= AGREE and reach >= AGREE and others <= 1 - AGREE:
            return _Given(Severity.SUSPECT, evidence)
    return None


def _value_given(marked: NDArray[np.bool_], label: Floats) -> _Given | None:
    inside, outside = label[marked], label[~marked]
    if inside.min() > outside.max() or inside.max() < outside.min():
        return _Given(
            Severity.CERTAIN,
            f"where it is, the label lies between {inside.min():g} and {inside.max():g}; "
            f"elsewhere between {outside.min():g} and {outside.max():g}",
        )
    ranks = rankdata(label)
    area = (ranks[marked].mean() - (len(inside) + 1) / 2) / len(outside)
    if max(area, 1 - area) < 0.995:
        return None
    return _Given(
        Severity.SUSPECT,
        f"a row where it is and one where it is not are in the label's order with the chance "
        f"{max(area, 1 - area):.4f}",
    )


def _finding(name: str, how: str, given: _Given) -> Finding:
    return Finding(
        "presence",
        (name,),
        given.severity,
        f"{name} is {how}: {given.evidence}",
        "it is filled in because of the outcome, so after it: at prediction time it will be "
        "empty for everybody",
        ignore([name], "it is known before the outcome"),
    )
