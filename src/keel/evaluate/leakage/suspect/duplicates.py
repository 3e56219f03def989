"""Rows of the test part that are in the training part too."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.row_hash import hash_frame
from keel.evaluate.leakage.context import Context
from keel.evaluate.leakage.finding import Finding, Severity

MOST_SHARE = 0.01
TELLING = 3
DISTINCT_SHARE = 0.5
"""Where fewer training rows are distinct, columns are too coarse for equal rows to be copies."""


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
            f"at least {copies:,.0f} test rows ({share:.1%}) repeat a training row{dropped}",
            "a model that has learned rows by heart looks better on them than it is",
            "remove repeated rows from the table, or declare what they share: split: {group: ...}",
        )
    ]


def _copies(context: Context) -> float:
    """At least how many test rows are copies (95 %)."""
    split = context.split
    frame = context.examples.frame
    # Most tables have no copies, and a few telling columns show it.
    for names in (_most_telling(context), frame.columns):
        hashes = hash_frame(frame.select(names), context.seed % 2**32)
        # On a million hashes twenty times faster than `np.isin`.
        known = pl.Series(hashes[split.train]).implode()
        met = pl.Series(hashes[split.test]).is_in(known).to_numpy()
        if met.mean() <= MOST_SHARE:
            return 0.0
    row, first = np.unique(hashes[split.train], return_inverse=True)
    if len(row) < DISTINCT_SHARE * len(split.train):
        return 0.0
    test = split.test[met]
    agree = _agreement(
        first,
        context.examples.label[split.train],
        np.searchsorted(row, hashes[test]),
        context.examples.label[test],
    )
    _, counts = np.unique(context.examples.label[test], return_counts=True)
    by_chance = float(((counts / counts.sum()) ** 2).sum())
    if by_chance == 1:
        return float(agree.sum())
    copied = (agree - by_chance) / (1 - by_chance)
    return float(copied.sum() - 1.96 * copied.std() * np.sqrt(len(copied)))


def _agreement(
    row: NDArray[np.intp], label: NDArray[Any], test_row: NDArray[np.intp], test_label: NDArray[Any]
) -> NDArray[np.float64]:
    """[m] of the training rows that equal a test row in features, the share with its label."""
    _, code = np.unique(np.append(label, test_label), return_inverse=True)
    labels = int(code.max()) + 1
    keys, counts = np.unique(row * labels + code[: len(label)], return_counts=True)
    wanted = test_row * labels + code[len(label) :]
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hits = np.where(keys[place] == wanted, counts[place], 0)
    return np.asarray(hits / np.bincount(row)[test_row], dtype=np.float64)


def _most_telling(context: Context) -> list[str]:
    """The columns with the most values, which tell rows apart best; all if one is text."""
    names = [column.name for column in context.columns]
    if len(names) < len(context.examples.columns):
        return context.examples.frame.columns
    return sorted(names, key=lambda name: -context.one_column(name).distinct)[:TELLING]
