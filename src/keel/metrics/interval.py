"""Intervals: exact ones for shares and quantiles, the bootstrap's for everything else."""

import numpy as np
from scipy import special

from keel.metrics.evidence import Floats

Tails = tuple[float, float]
"""The chance allowed below and above the interval."""

BOTH: Tails = (0.025, 0.025)


def clopper_pearson(successes: float, trials: float, tails: Tails = BOTH) -> tuple[float, float]:
    """The exact interval of a share; NaN without trials.

    >>> [round(bound, 3) for bound in clopper_pearson(0, 10)]
    [0.0, 0.308]

    Source: Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    if not trials > 0:
        return np.nan, np.nan
    failures = trials - successes
    low = 0.0 if successes <= 0 else float(special.betaincinv(successes, failures + 1, tails[0]))
    high = 1.0
    if failures > 0:
        high = float(special.betaincinv(successes + 1, failures, 1 - tails[1]))
    return low, high


def quantile_interval(ordered: Floats, share: float, tails: Tails = BOTH) -> tuple[float, float]:
    """The exact interval of a quantile, from values in rising order.

    Its bounds are two of the values; infinite where there are too few to bound the quantile.
    Source: Conover 1999, Practical Nonparametric Statistics, 3rd edition, section 3.2.
    """
    n = len(ordered)
    if n == 0:
        return np.nan, np.nan
    below = special.bdtr(np.arange(n), n, share)
    low = int(np.searchsorted(below, tails[0], side="right"))
    high = int(np.searchsorted(below, 1 - tails[1], side="left"))
    return (
        float(ordered[low - 1]) if low > 0 else -np.inf,
        float(ordered[high]) if high < n else np.inf,
    )


def bca_interval(
    value: float, replicates: Floats, left_out: Floats, size: int, tails: Tails = BOTH
) -> tuple[float, float]:
    """The bias-corrected and accelerated bootstrap interval, its tails widened for small samples.

    replicates: figures of resamples. left_out: figures with one part of the cases left out, for
    the acceleration. size: how many independent cases settle the figure. NaN where no interval
    can be given: fewer than two cases, or a figure that most resamples do not have.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, equations 14.9 to 14.15;
    widening: Hesterberg 2015, doi:10.1080/00031305.2015.1089789, expanded percentiles.
    """
    exists = replicates[~np.isnan(replicates)]
    if size < 2 or 2 * len(exists) < len(replicates):
        return np.nan, np.nan
    below = np.mean(exists < value) + np.mean(exists == value) / 2
    least = 0.5 / len(exists)
    bias = float(special.ndtri(np.clip(below, least, 1 - least)))
    acceleration = _acceleration(left_out)
    shares = []
    for tail, sign in zip(tails, (1.0, -1.0), strict=True):
        step = float(special.stdtrit(size - 1, tail)) * np.sqrt(size / (size - 1)) * sign
        shifted = bias + step
        bent = bias + shifted / max(1 - acceleration * shifted, 1e-3)
        shares.append(float(special.ndtr(bent)))
    low, high = np.quantile(exists, shares)
    return float(low), float(high)


def _acceleration(left_out: Floats) -> float:
    exists = left_out[~np.isnan(left_out)]
    if len(exists) < 3:
        return 0.0
    distance = exists.mean() - exists
    spread = float((distance**2).sum())
    return float((distance**3).sum() / (6 * spread**1.5)) if spread > 1e-300 else 0.0
