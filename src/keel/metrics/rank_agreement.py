"""How alike two ways to rank cases are, case by case."""

import numpy as np
from scipy.stats import rankdata

from keel.metrics.evidence import Floats


def standard_ranks(scores: Floats) -> Floats:
    """[n, m] ranks of each column, ties sharing theirs, with mean 0 and mean square 1; zeros
    where all scores of a column are equal."""
    ranks = rankdata(scores, axis=0)
    centred = ranks - ranks.mean(axis=0)
    spread = np.sqrt(np.mean(np.square(centred), axis=0))
    return np.asarray(centred / np.where(spread > 0, spread, 1.0))


def agreement_parts(scores: Floats, others: Floats) -> Floats:
    """[n] parts whose mean is Spearman's correlation of [n] scores with [n, m] others, averaged
    over the m."""
    own = standard_ranks(scores[:, None])
    parts: Floats = (own * standard_ranks(others)).mean(axis=1)
    return parts
