"""How unlikely what was seen is in a healthy system, on one scale for all checks."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from keel.diagnose.finding import MOST_SURPRISE

BAR = 6.0
"""What a healthy system shows less than once in a million looks is reported: some twenty checks
look many times at systems that are retrained daily."""

TOLERATED = 1e-3
"""The share of records that is wrong in healthy systems too."""


def surprise_of_count(count: float, expected: float) -> float:
    """Of at least so many where `expected` are usual (Poisson)."""
    if count <= 0:
        return 0.0
    return _capped(-float(stats.poisson.logsf(math.ceil(count) - 1, max(expected, 1e-9))))


def surprise_of_z(z: float) -> float:
    """Of a standard normal figure this large. NaN is no surprise."""
    return _capped(-float(stats.norm.logsf(z))) if z == z else 0.0


def surprise_of_mean(differences: NDArray[np.float64]) -> float:
    """Of paired differences with a mean above 0, by their spread."""
    if len(differences) < 2:
        return 0.0
    spread = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    mean = float(differences.mean())
    if not spread > 0:
        return MOST_SURPRISE if mean > 0 else 0.0
    return _capped(-float(stats.t.logsf(mean / spread, len(differences) - 1)))


def surprise_of_ratio(log_ratio: float, tried: int = 1) -> float:
    """Of a likelihood ratio (its natural logarithm) against the healthy state, the best of `tried`.

    Source: a ratio of 1 / a is reached with a chance of at most a: Ville 1939; Shafer 2021,
    doi:10.1111/rssa.12647.
    """
    return _capped(log_ratio - math.log(max(1, tried)))


def _capped(nats: float) -> float:
    decimals = max(0.0, nats) / math.log(10)
    return MOST_SURPRISE if not decimals < MOST_SURPRISE else decimals
