"""How many times as often something befalls one arm as the other, valid at every look."""

import numpy as np
from numpy.typing import NDArray

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Floats
from keel.metrics.interval import BOTH, Tails
from keel.metrics.sequential.betting import log_wealth
from keel.metrics.sequential.frontier import frontier

_FARTHEST = 1e9


def rate_ratio(
    ours: Floats, our_trials: Floats, theirs: Floats, their_trials: Floats, tails: Tails = BOTH
) -> Estimate:
    """The ratio of two rates of rare events, ours over theirs, compared within each step alone.

    ours, theirs: [s] events in each step. our_trials, their_trials: [s] what they are among.

    Each event is ours with a chance that follows from the step's shares of trials and the ratio:
    that chance is bet on, so that one rare event counts for what it tells and however few are
    no obstacle. The ratio itself is that of Mantel and Haenszel. n counts our trials. NaN without
    events, infinite where only we have some.

    Source: conditioning on events: Przyborowski and Wilenski 1940, doi:10.1093/biomet/31.3-4.313;
    ratio over strata: Greenland and Robins 1985, doi:10.2307/2530643; betting: see `betting`.
    """
    both = (our_trials > 0) & (their_trials > 0)
    ours, theirs, our_trials, their_trials = (
        np.asarray(column, dtype=np.float64)[both]
        for column in (ours, theirs, our_trials, their_trials)
    )
    n = int(our_trials.sum())
    if not ours.sum() + theirs.sum() > 0:
        return Estimate(np.nan, np.nan, np.nan, n)
    odds = our_trials / their_trials
    low = _lowest_ratio(ours, theirs, odds, tails[0])
    high = _lowest_ratio(theirs, ours, 1 / odds, tails[1])
    total = our_trials + their_trials
    above, below = (ours * their_trials / total).sum(), (theirs * our_trials / total).sum()
    value = float(above / below) if below > 0 else np.inf
    # Steps that have different ratios may refute every common one.
    return Estimate(value, min(low, value), max(1 / high if high > 0 else np.inf, value), n)


def _lowest_ratio(ours: Floats, theirs: Floats, odds: Floats, tail: float) -> float:
    """The largest ratio that betting on a larger one has refuted."""
    if not ours.sum() > 0:
        return 0.0
    counts = np.concatenate([ours, theirs])

    def refuted(log_ratio: Floats) -> NDArray[np.bool_]:
        # One unit on ours at fair odds: its chance is ratio x odds / (1 + ratio x odds).
        gain = np.exp(-log_ratio[:, None]) / odds
        gains = np.concatenate([gain, np.full_like(gain, -1.0)], axis=1)
        return np.asarray(log_wealth(gains, counts) >= -np.log(tail))

    farthest = np.log(_FARTHEST)
    low = frontier(refuted, -farthest, farthest)
    return float(np.exp(low)) if low > -farthest else 0.0
