"""Which intervals: those of every look, or those of one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from keel.metrics.evidence import Floats
from keel.metrics.interval import Tails, clopper_pearson, quantile_interval
from keel.metrics.sequential.betting import betting_interval, share_interval
from keel.metrics.sequential.mixture_bound import mixture_bound
from keel.metrics.sequential.quantile_sequence import quantile_sequence


@dataclass(frozen=True)
class Bounds:
    """How a share, a quantile, a mean of bounded values and any other figure are bounded.

    mean: None where means are like any other figure. errors: for one that is asymptotically
    normal, (independent cases, tail) -> how many standard errors.
    """

    share: Callable[[float, float, Tails], tuple[float, float]]
    quantile: Callable[[Floats, float, Tails], tuple[float, float]]
    mean: Callable[[Floats, Tails, float, float], tuple[float, float]] | None
    errors: Callable[[float, float], float]


def _always(size: float, tail: float) -> float:
    return float(mixture_bound(size, tail))


def _once(size: float, tail: float) -> float:
    return -float(special.stdtrit(max(size - 1, 1), tail)) if tail > 0 else np.inf


ALWAYS = Bounds(share_interval, quantile_sequence, betting_interval, _always)
"""Intervals that the truth ever leaves with no more than the chance of their tails."""

ONCE = Bounds(clopper_pearson, quantile_interval, None, _once)
"""Intervals of a single look, which are narrower."""
