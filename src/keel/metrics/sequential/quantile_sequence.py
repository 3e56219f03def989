"""Quantiles, valid at every look: between two of the values."""

import numpy as np

from keel.metrics.evidence import Floats
from keel.metrics.interval import BOTH, Tails
from keel.metrics.sequential.betting import OUTCOMES, log_wealth


def quantile_sequence(ordered: Floats, share: float, tails: Tails = BOTH) -> tuple[float, float]:
    """The interval of the smallest value that at least `share` of all values do not exceed.

    ordered: values so far, in rising order. However often one looks, the chance that the true
    quantile ever lies below (above) is at most the first (second) of `tails`; holds for any
    distribution of independent values. Infinite where there are too few; NaN without values.

    Source: Howard and Ramdas 2022, doi:10.3150/21-BEJ1388, section 3: a sequence for the share of
    values up to a point, inverted; the share is bet on as in `betting`.
    """
    n = len(ordered)
    if n == 0:
        return np.nan, np.nan
    above = _fewest(n, 1 - share, tails[0])
    below = _fewest(n, share, tails[1])
    low = float(ordered[n - above]) if above <= n else -np.inf
    high = float(ordered[below - 1]) if below <= n else np.inf
    return low, high


def _fewest(n: int, share: float, tail: float) -> int:
    """How many of n at least must succeed to refute that no more than `share` do; n + 1 if even
    all would not."""
    if not tail > 0:
        return n + 1
    low, high = int(np.floor(share * n)), n + 1
    while high - low > 1:
        middle = (low + high) // 2
        counts = np.array([n - middle, middle], dtype=np.float64)
        if log_wealth(OUTCOMES / share - 1, counts) >= -np.log(tail):
            high = middle
        else:
            low = middle
    return high
