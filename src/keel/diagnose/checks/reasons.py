"""Why each item of an answer is there."""

import numpy as np

from keel.data.histories import Histories
from keel.diagnose.context import Context
from keel.diagnose.look import Look

MOST_HISTORY = 200
REASONS = 2


def look(context: Context) -> Look:
    """For a user: each item of the answer as it would be given now, with the items of the history
    without which its score falls most. For the whole: how much of the catalogue is shown."""
    if context.events.user is None:
        return _whole(context)
    history = context.events.histories.take(np.array([context.events.user]))
    given = np.array(context.situation.model.scores(history), dtype=np.float32)[0]
    score = given.copy()
    if context.situation.serving.exclude_seen:
        score[history.item] = -np.inf
    best = np.argsort(-score, kind="stable")[: context.situation.serving.k]
    best = best[np.isfinite(score[best])]
    if len(best) and np.ptp(score[np.isfinite(score)]) == 0:
        return Look(("all items score alike for the user: they are in the order of the catalogue",))
    without = _without(context, history)
    name, counts = context.items.name, context.items.counts
    saw = []
    for place, item in enumerate(best, 1):
        less = float((counts <= counts[item]).mean())
        line = f"{place}. {name(int(item))}, used as much as or more than {less:.0%} of items"
        if len(without):
            drop = given[item] - without[:, item]
            most = np.argsort(-drop, kind="stable")[:REASONS]
            owed = [name(int(_recent(history)[m])) for m in most if drop[m] > 0]
            line += f"; there because of {' and '.join(owed)}" if owed else "; whatever was used"
        saw.append(line)
    return Look(tuple(saw) or ("no item can be shown to the user",))


def _whole(context: Context) -> Look:
    if not len(context.trial.probe):
        return Look(("no user has a history to ask with",))
    k = min(context.situation.serving.k, context.events.catalogue)
    top = np.argsort(-context.trial.asked, axis=1, kind="stable")[:, :k]
    distinct = len(np.unique(top))
    return Look(
        (
            (
                f"the first {k} for {len(top):,} users are {distinct:,} items, "
                f"{distinct / context.events.catalogue:.1%} of the catalogue"
            ),
        )
    )


def _recent(history: Histories) -> np.ndarray:
    return history.item[-MOST_HISTORY:]


def _without(context: Context, history: Histories) -> np.ndarray:
    """[h, items] scores for the history without each of its latest items in turn."""
    many = len(history.item)
    if many == 0:
        return np.zeros((0, context.events.catalogue))
    rows = range(max(0, many - MOST_HISTORY), many)
    kept = [np.delete(np.arange(many), row) for row in rows]
    places = np.concatenate(kept)
    start = np.arange(len(kept) + 1) * (many - 1)
    cut = Histories(start, history.item[places], history.value[places], history.items)
    return np.asarray(context.situation.model.scores(cut))
