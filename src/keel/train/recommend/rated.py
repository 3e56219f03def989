"""Ratings foretold for items that users rated later."""

import numpy as np

from keel.metrics.evidence import Floats
from keel.train.recommend.asked import Asked
from keel.train.recommend.top_lists import CELLS
from keel.train.recommender import FittedRecommender


def rated_items(model: FittedRecommender, asked: Asked) -> Floats:
    """[n, m] what `model` gives the items that were right, NaN where padded."""
    found = np.full(asked.right.shape, np.nan)
    rows = max(1, CELLS // max(1, asked.histories.items))
    for start in range(0, len(asked), rows):
        block = np.arange(start, min(start + rows, len(asked)))
        scores = model.scores(asked.histories.take(block))
        codes = asked.right[block]
        values = np.take_along_axis(scores, np.maximum(codes, 0), axis=1)
        found[block] = np.where(codes >= 0, values, np.nan)
    return found
