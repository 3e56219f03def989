"""The target as a column, with a few errors in it."""

import numpy as np

from keel.evaluate.leakage.advice import ignore
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity

LEAST_ROWS = 100
LEAST_OF_CLASS = 20
MOST_CLASSES = 30
AGREE = 0.9
BOTH_WAYS = 0.97


def find(context: Context) -> list[Finding]:
    """Columns of about as many values as there are classes that nearly stand for them.

    Judged by Cohen's kappa, and for two classes by Youden's index too, which a rare class with
    as many errors as cases cannot pull down.
    """
    classes = context.examples.classes
    if not classes or len(classes) > MOST_CLASSES:
        return []
    findings: list[Finding] = []
    label = context.examples.label[context.rows].astype(np.int64)
    for column in context.columns:
        model = context.one_column(column.name)
        if column.name in context.accused or not 2 <= model.distinct <= len(classes) + 2:
            continue
        known = model.codes != 0
        if known.sum() < LEAST_ROWS:
            continue
        met = np.zeros((64, len(classes)))
        np.add.at(met, (model.codes[known], label[known]), 1)
        kappa, youden = _agreement(met)
        if kappa >= AGREE or youden >= BOTH_WAYS:
            findings.append(_finding(column.name, kappa, youden, int(known.sum())))
    return findings


def _agreement(met: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[float, float]:
    sizes = met.sum(axis=0)
    if (sizes >= LEAST_OF_CLASS).sum() < 2:
        return 0.0, 0.0
    share = met / sizes.clip(1)
    if len(sizes) == 2:
        likely = share.argmax(axis=1)
        youden = float(share[likely == 0, 0].sum() + share[likely == 1, 1].sum() - 1)
    else:
        youden = 0.0
    # Each value stands for the class it meets most often.
    guess = met.argmax(axis=1)
    guessed = np.bincount(guess, weights=met.sum(axis=1), minlength=len(sizes))
    n = met.sum()
    agree = met.max(axis=1).sum() / n
    chance = float((guessed * sizes).sum()) / n**2
    return (agree - chance) / (1 - chance) if chance < 1 else 0.0, youden


def _finding(name: str, kappa: float, youden: float, rows: int) -> Finding:
    return Finding(
        "near copy",
        (name,),
        Severity.SUSPECT,
        f"the values of {name} stand for the classes with few exceptions in {rows:,} rows: "
        f"Cohen's kappa {kappa:.3f}" + (f", Youden's index {youden:.3f}" if youden else ""),
        "so close a match is as a rule the label, copied or corrected by hand later on",
        ignore([name], "it is known when the prediction is asked for"),
    )
