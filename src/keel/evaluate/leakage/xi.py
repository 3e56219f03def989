"""How nearly one column is a function of another."""

import numpy as np
from scipy.stats import rankdata

from keel.evaluate.leakage.target import Floats


def chatterjee_xi(values: Floats, label: Floats, seed: int) -> float:
    """1 where the label is a function of the values, near 0 where it has nothing to do with them.

    Neighbours along the values then have neighbouring labels. Both [n] without NaN, n > 2. Equal
    values stand in random order, or a constant column would inherit the table's.

    Source: Chatterjee (2021), A new coefficient of correlation, equation 1, divided by the
    largest value it can take with n rows and no ties, (n - 2) / (n + 1).
    """
    n = len(values)
    ranks = rankdata(label, method="max")
    above = rankdata(-label, method="max")
    order = np.lexsort((np.random.default_rng(seed).random(n), values))
    steps = float(np.abs(np.diff(ranks[order])).sum())
    largest = float((above * (n - above)).sum())
    return (1 - n * steps / (2 * largest)) * (n + 1) / (n - 2) if largest else 0.0
