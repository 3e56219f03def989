"""Means of bounded values, valid at every look: wealth won by betting against each mean."""

import numpy as np

from keel.metrics.evidence import Floats
from keel.metrics.interval import BOTH, Tails
from keel.metrics.sequential.frontier import frontier

FRACTIONS = np.array([0.95, *(0.5**k for k in range(1, 13))])
"""Shares of the wealth that are put on each case. The bettor starts with equal parts on each, so
that small and large differences are found about as fast as by one who knew them."""

DISTINCT = 2048
"""More distinct values than this are rounded, always against the bettor."""

ROUNDING = 1e-6
"""Values outside the limits by no more than this part of their distance are rounded."""

OUTCOMES = np.array([0.0, 1.0])


def betting_interval(
    values: Floats, tails: Tails = BOTH, lowest: float = 0.0, highest: float = 1.0
) -> tuple[float, float]:
    """The interval of the mean of values that lie between `lowest` and `highest`.

    However often one looks while values come in, one by one in any order, the chance that the true
    mean ever lies below (above) the interval is at most the first (second) of `tails`. Holds for
    any number of values, if each has the same mean whatever came before. NaN without values.

    Raises ValueError for values outside the limits, or NaN.

    Source: Waudby-Smith and Ramdas 2024, doi:10.1093/jrsssb/qkad009, with the constant bets of
    their diversified Kelly bettor.
    """
    if len(values) == 0:
        return np.nan, np.nan
    width = highest - lowest
    slack = ROUNDING * width
    if not (values.min() >= lowest - slack and values.max() <= highest + slack):
        raise ValueError(
            f"values from {values.min():g} to {values.max():g} are bet on as if they lay between "
            f"{lowest:g} and {highest:g}: give limits that hold them"
        )
    share = np.clip((values - lowest) / width, 0.0, 1.0)
    low = _lowest_mean(*_counted(share), tails[0])
    high = _lowest_mean(*_counted(1 - share), tails[1])
    return lowest + width * low, highest - width * high


def share_interval(successes: float, trials: float, tails: Tails = BOTH) -> tuple[float, float]:
    """The same for `successes` of `trials` that can only succeed or fail. NaN without trials.

    >>> [round(bound, 2) for bound in share_interval(90, 100)]
    [0.76, 0.97]
    """
    if not trials > 0:
        return np.nan, np.nan
    failures = trials - successes
    low = _lowest_mean(OUTCOMES, np.array([failures, successes]), tails[0])
    high = _lowest_mean(OUTCOMES, np.array([successes, failures]), tails[1])
    return low, 1 - high


def log_wealth(gain: Floats, counts: Floats) -> Floats:
    """[...] logarithm of what one unit has become in the hands of the bettor.

    gain: [..., k] what one unit put on a case has gained once it was seen, -1 or more, for each
    of k things that can be seen; 0 or less on average if what the bettor doubts is true, and then
    the wealth ever exceeds 1 / a with a chance of at most a. counts: [..., k] how often each came.
    """
    won = np.log1p(gain[..., None] * FRACTIONS)
    by_bet = (np.asarray(counts, dtype=np.float64)[..., None] * won).sum(axis=-2)
    most = by_bet.max(axis=-1)
    total: Floats = most + np.log(np.exp(by_bet - most[..., None]).mean(axis=-1))
    return total


def _counted(share: Floats) -> tuple[Floats, Floats]:
    """[k] distinct values in rising order and [k] how often each comes."""
    values, counts = np.unique(share, return_counts=True)
    if len(values) > DISTINCT:
        counts = np.bincount((share * DISTINCT).astype(np.int64), minlength=DISTINCT + 1)
        values = np.arange(DISTINCT + 1) / DISTINCT
        values, counts = values[counts > 0], counts[counts > 0]
    return values, counts.astype(np.float64)


def _lowest_mean(values: Floats, counts: Floats, tail: float) -> float:
    """The largest mean that betting on a higher one has refuted; wealth falls as it rises."""
    if not tail > 0:
        return 0.0
    enough = -np.log(tail)
    return frontier(lambda mean: log_wealth(values / mean[:, None] - 1, counts) >= enough, 0.0, 1.0)
