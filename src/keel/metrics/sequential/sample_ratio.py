"""Whether units fell to the arms as they should have, at every look."""

import numpy as np
from scipy import special

from keel.metrics.evidence import Floats

CONCENTRATION = 1000.0
"""Shares that are off by about a thirtieth of themselves are found the soonest."""


def sample_ratio(counts: Floats, shares: Floats) -> float:
    """The evidence that units are not spread by these shares: how many times likelier the counts
    are under other shares. It ever exceeds 1 / a with a chance of at most a if they are.

    counts: [k] units in each arm so far. shares: [k] above 0, of any sum.

    Raises ValueError for a share that is not above 0.

    Source: Lindon and Malek 2022, Anytime-Valid Inference for Multinomial Count Data, NeurIPS,
    equation 5.
    """
    counts, shares = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if not (shares > 0).all():
        raise ValueError(f"a share of {shares.min():g} has no test: each must be above 0")
    shares = shares / shares.sum()
    prior = CONCENTRATION * shares
    ratio = _log_beta(prior + counts) - _log_beta(prior) - counts @ np.log(shares)
    with np.errstate(over="ignore"):
        return float(np.exp(ratio))


def _log_beta(values: Floats) -> float:
    return float(special.gammaln(values).sum() - special.gammaln(values.sum()))
