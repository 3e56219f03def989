"""Labels of items, such as genres, that are not what they were."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.diagnose.chance import BAR, TOLERATED, surprise_of_count
from keel.diagnose.context import Context
from keel.diagnose.finding import Finding, Severity
from keel.diagnose.item_labels import ItemLabels
from keel.diagnose.look import Look, skipped
from keel.diagnose.usage_factors import usage_factors

LEAST_SHARE = 0.002
ONE_CHANGE = 0.5
"""The share of the changed items that one change of label must account for to be one mistake."""
USED = 5
FEWEST = 15
PENALTY = 0.05
FOR_NEW = -2.0
"""Decimal logarithm of odds below which what users do speaks for the new labels."""
SHOWN = 3


def look(context: Context) -> Look:
    """Labels of today against those at training, and what users do with these items against
    both."""
    today, then = context.items.labels, context.items.labels_then
    if today is None or not len(today.names):
        return skipped("items have no labels, such as genres")
    if then is None:
        return skipped("there was no table of items at training")
    changed = _changed(context, then, today)
    return (
        Look(("items have the labels that they had at training",)) if changed is None else changed
    )


@dataclass(frozen=True, eq=False)
class _Change:
    """removed, added: labels; items: codes of the items that were changed so."""

    removed: str
    added: str
    items: NDArray[np.int64]


def _changed(context: Context, then: ItemLabels, today: ItemLabels) -> Look | None:
    """What became of labels that there were at training; None where nothing to speak of."""
    both = np.flatnonzero(then.known & today.known)
    moves: Counter[tuple[str, str]] = Counter()
    differs = []
    by_move: dict[tuple[str, str], list[int]] = {}
    before, after = then.matrix.tocsr(), today.matrix.tocsr()
    for item in both:
        was = {
            then.names[at] for at in before.indices[before.indptr[item] : before.indptr[item + 1]]
        }
        now = {today.names[at] for at in after.indices[after.indptr[item] : after.indptr[item + 1]]}
        # A label that was too rare to be read at one of the two times is no change.
        gone, come = (was - now) & set(today.names), (now - was) & set(then.names)
        whole_gone = was - now - set(today.names)
        if not come and not gone and not whole_gone:
            continue
        differs.append(int(item))
        for one in sorted(gone | whole_gone) or [""]:
            for other in sorted(come) or [""]:
                moves[one, other] += 1
                by_move.setdefault((one, other), []).append(int(item))
    share = len(differs) / max(1, len(both))
    surprise = surprise_of_count(len(differs), TOLERATED * len(both))
    if share < LEAST_SHARE or surprise < BAR:
        return None
    (removed, added), count = moves.most_common(1)[0]
    touched = float(context.items.counts[differs].sum() / max(1, context.items.counts.sum()))
    if count < ONE_CHANGE * len(differs):
        return _shuffled(len(differs), len(both), touched, surprise)
    change = _Change(removed, added, np.array(by_move[removed, added]))
    return _mislabelled(context, then, change, touched, surprise)


def _shuffled(changed: int, known: int, touched: float, surprise: float) -> Look:
    evidence = (
        f"{changed:,} of {known:,} items ({changed / known:.0%}) have other labels than at "
        "training, with no change in common"
    )
    finding = Finding(
        "shuffled item ids",
        Severity.SUSPECT,
        evidence,
        "rows of the table of items stand beside other ids: filters, titles and reasons are those "
        "of other items",
        "join the table of items by its key again, and compare it with the one in the version",
        surprise,
        touched,
        ("mislabelled items", "wrong neighbourhoods", "duplicate items"),
    )
    return Look((evidence,), (finding,))


def _mislabelled(
    context: Context, then: ItemLabels, change: _Change, touched: float, surprise: float
) -> Look:
    odds = _odds(context, then, change)
    first = ", ".join(context.items.name(int(item)) for item in change.items[:SHOWN])
    evidence = (
        f"{len(change.items):,} items lost the label {change.removed or 'none'!r} for "
        f"{change.added or 'none'!r} since training: {first}"
    )
    if odds is not None:
        says = "old" if odds > 0 else "new"
        evidence += f"; what users do speaks for the {says} labels (10^{abs(odds):.1f} to 1)"
    corrected = odds is not None and odds < FOR_NEW
    finding = Finding(
        "relabelled items" if corrected else "mislabelled items",
        Severity.NOTE if corrected else Severity.SUSPECT,
        evidence,
        "filters and reasons name a label that the items do not have, and content leads to them "
        "wrongly"
        if not corrected
        else "the version learned from the labels before",
        "restore the labels of these items, then train again" if not corrected else "train again",
        surprise,
        touched,
        ("wrong neighbourhoods",),
    )
    return Look((evidence,), (finding,))


def _odds(context: Context, then: ItemLabels, change: _Change) -> float | None:
    """Decimal logarithm of how much likelier the old labels of the changed items are than the new,
    by what their users use; learned from the other items. None where too few tell."""
    if change.removed not in then.names or change.added not in then.names:
        return None
    labels = then.matrix.toarray()
    old, new = (labels[:, then.names.index(name)] for name in (change.removed, change.added))
    learn = (old != new) & (context.items.counts >= USED)
    learn[change.items] = False
    asked = change.items[context.items.counts[change.items] >= USED]
    if min(old[learn].sum(), new[learn].sum()) < FEWEST or not len(asked):
        return None
    from sklearn.linear_model import LogisticRegression

    points = usage_factors(context.events.learned, context.situation.seed)
    model = LogisticRegression(C=PENALTY, class_weight="balanced").fit(points[learn], old[learn])
    return float(model.decision_function(points[asked]).sum() / np.log(10))
