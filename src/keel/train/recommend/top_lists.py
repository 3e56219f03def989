"""The best items for many histories, a block at a time."""

import numpy as np
from numpy.typing import NDArray

from keel.data.histories import Histories
from keel.data.interactions import Codes
from keel.train.recommend.top_items import ANSWERS, top_items
from keel.train.recommender import FittedRecommender

CELLS = 1 << 22
"""Scores that are held at once."""


def top_lists(
    model: FittedRecommender,
    histories: Histories,
    seen: Histories | None = None,
    allowed: NDArray[np.bool_] | None = None,
    most: int = ANSWERS,
) -> Codes:
    """[n, N] items, the best first, padded with `NOTHING`.

    seen: what each user must not be shown; None: what the history holds. allowed: [items], None
    for all.
    """
    seen = histories if seen is None else seen
    rows = max(1, CELLS // max(1, histories.items))
    parts = []
    for start in range(0, max(1, len(histories)), rows):
        block = np.arange(start, min(start + rows, len(histories)))
        part = histories.take(block)
        scores = np.ascontiguousarray(model.scores(part))
        hidden = part if seen is histories else seen.take(block)
        # Through one index, not two: three times as fast.
        scores.ravel()[hidden.owner * histories.items + hidden.item] = -np.inf
        if allowed is not None:
            scores[:, ~allowed] = -np.inf
        parts.append(top_items(scores, None, most)[0])
    return np.concatenate(parts)
