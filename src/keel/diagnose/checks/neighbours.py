"""Whether what a version takes for alike is alike."""

import numpy as np
from numpy.typing import NDArray

from keel.data.histories import Float32, Histories
from keel.diagnose.chance import BAR, surprise_of_mean
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.look import Look, skipped
from keel.diagnose.situation import Scorer

MOST_ITEMS = 200
NEAREST = 10
FEWEST = 20
LOST = 0.25
"""The share of common labels that other recipes do not cost."""
WORST = 3


def look(context: Context) -> Look:
    """The ten items that follow from each of the commonest ones alone: how many labels they share
    with it, against those of the reference."""
    labels = context.items.labels
    if labels is None or not len(labels.names):
        return skipped("items have no labels, such as genres")
    items = context.items.common
    items = items[labels.known[items]][:MOST_ITEMS]
    if len(items) < FEWEST:
        return skipped(f"{len(items)} items with labels are used: too few")
    near = _nearest(context.situation.model.scores, items, context.events.catalogue)
    should = _nearest(context.trial.reference.fitted.scores, items, context.events.catalogue)
    shared = _shared(labels.matrix.toarray(), items, near)
    expected = _shared(labels.matrix.toarray(), items, should)
    lost = expected - shared
    saw = [
        (
            f"the {NEAREST} nearest of {len(items)} common items share {shared.mean():.2f} of "
            f"their labels with them, {expected.mean():.2f} by {context.trial.reference.name}"
        )
    ]
    worst = np.argsort(-lost, kind="stable")[:WORST]
    surprise = surprise_of_mean(lost)
    if lost.mean() < LOST * expected.mean() or surprise < BAR:
        return Look(tuple(saw))
    named = "; ".join(
        f"{context.items.name(int(items[w]))}: "
        + ", ".join(context.items.name(int(each)) for each in near[w][:WORST])
        for w in worst
    )
    finding = Finding(
        "wrong neighbourhoods",
        # Another recipe may look for other neighbours, or for none.
        Severity.SUSPECT if context.trial.reference.exact else Severity.NOTE,
        f"{saw[0]}; the furthest off: {named}",
        "a list built from such neighbours seems to have nothing to do with the user",
        "read the findings above this one first; else train again and compare the neighbours",
        surprise,
        float(lost.mean() / max(expected.mean(), 1e-9)),
    )
    return Look(tuple(saw), (finding,))


def _nearest(scores: Scorer, items: NDArray[np.int64], catalogue: int) -> NDArray[np.int64]:
    """[m, k] items that follow from each of `items` alone, without itself."""
    value = np.ones(len(items), dtype=np.float32)
    start = np.arange(len(items) + 1)
    given: Float32 = np.array(scores(Histories(start, items, value, catalogue)))
    given[np.arange(len(items)), items] = -np.inf
    return np.argsort(-given, axis=1, kind="stable")[:, :NEAREST]


def _shared(
    labels: NDArray[np.float64], items: NDArray[np.int64], near: NDArray[np.int64]
) -> NDArray[np.float64]:
    """[m] the mean over neighbours of labels in common over labels of either."""
    own, other = labels[items][:, None, :], labels[near]
    both = np.minimum(own, other).sum(axis=2)
    either = np.maximum(own, other).sum(axis=2)
    return np.asarray((both / np.maximum(either, 1)).mean(axis=1))
