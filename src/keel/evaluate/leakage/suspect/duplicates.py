"""Rows of the test part that are in the training part too."""

import numpy as np
from numpy.typing import NDArray

from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity

MOST_SHARE = 0.01
TELLING = 3


def find(context: Context) -> list[Finding]:
    """Test rows copied from training rows, above 1 % of the test part.

    Where columns are few and coarse, rows coincide that have nothing to do with each other. Their
    labels then disagree as often as such labels do, so the rows that agree beyond that are the
    copies.
    """
    split = context.split
    if not len(split.test) or not len(split.train):
        return []
    copies = split.dropped + _copies(context)
    share = copies / (len(split.test) + split.dropped)
    if not share > MOST_SHARE:
        return []
    dropped = f", {split.dropped:,} of them already dropped" if split.dropped else ""
    return [
        Finding(
            "duplicates",
            (),
            Severity.SUSPECT,
            f"about {copies:,.0f} test rows ({share:.1%}) repeat a training row{dropped}",
            "a model that has learned rows by heart looks better on them than it is",
            "remove repeated rows from the table, or declare what they share: split: {group: ...}",
        )
    ]


def _copies(context: Context) -> float:
    split, label = context.split, context.examples.label
    frame = context.examples.frame
    # Most tables have no copies, and a few telling columns show it.
    for names in (_most_telling(context), frame.columns):
        hashes = frame.select(names).hash_rows(seed=context.seed % 2**32).to_numpy()
        inside, outside = hashes[split.test], hashes[split.train]
        met = np.isin(inside, outside)
        if met.mean() <= MOST_SHARE:
            return 0.0
    order = np.argsort(outside, kind="stable")
    place = np.searchsorted(outside[order], inside[met])
    mine, theirs = label[split.test][met], label[split.train][order][place]
    same = mine == theirs
    if not context.examples.classes:
        return float(same.sum())
    return max(0.0, float(same.sum()) - _by_chance(mine, same))


def _most_telling(context: Context) -> list[str]:
    """The columns with the most values, which tell rows apart best; all if one is text."""
    names = [column.name for column in context.columns]
    if len(names) < len(context.examples.columns):
        return context.examples.frame.columns
    return sorted(names, key=lambda name: -context.one_column(name).distinct)[:TELLING]


def _by_chance(label: NDArray[np.int64] | NDArray[np.float64], same: NDArray[np.bool_]) -> float:
    """How many rows agree though they only coincide: as many per row that disagrees as labels of
    this mixture do."""
    _, counts = np.unique(label, return_counts=True)
    differ = 1 - float(((counts / counts.sum()) ** 2).sum())
    if differ == 0:
        return 0.0
    return float((~same).sum()) / differ * (1 - differ)
