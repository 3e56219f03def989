"""Quantiles that need no resampling: their interval lies between two of the values."""

import numpy as np

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Floats
from keel.metrics.interval import Tails, quantile_interval


def quantile(values: Floats, share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed; NaN without values."""
    if len(values) == 0:
        return float("nan")
    return float(np.quantile(values, share, method="inverted_cdf"))


def quantile_estimate(values: Floats, share: float, tails: Tails) -> Estimate:
    """The same with its exact interval."""
    low, high = quantile_interval(np.sort(values), share, tails)
    return Estimate(quantile(values, share), low, high, len(values))
