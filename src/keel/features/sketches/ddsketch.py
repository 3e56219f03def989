"""Quantiles to a relative accuracy of 1 %, from how many values lie in each bucket."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Buckets = NDArray[np.int64]

ACCURACY = 0.01
_GROWTH = (1 + ACCURACY) / (1 - ACCURACY)


def bucket_of(values: Floats) -> Buckets:
    """[n] the bucket of each number, none of them NaN: greater numbers have no lesser bucket.

    0 holds 0 and what is as small as 10^-307; the others hold numbers whose greatest is 1.0202
    times the least.

    Source: Masson, Rim and Lee 2019, DDSketch, section 2.1, with the edges of buckets in a table:
    a logarithm may differ by a last digit between machines, and with it the bucket.
    """
    values = np.asarray(values, dtype=np.float64)
    place: Buckets = np.searchsorted(_edges(), np.abs(values))
    return np.where(values < 0, -place, place)


def value_of(buckets: Buckets) -> Floats:
    """[n] the number that stands for each bucket: within 1 % of all that it holds."""
    middle = _edges()[np.maximum(np.abs(buckets) - 1, 0)] * (1 + ACCURACY)
    found: Floats = np.sign(buckets) * np.minimum(middle, np.finfo(np.float64).max)
    return found


def quantile_place(quantile: float, count: int) -> int:
    """Which of `count` sorted values, from 0 on, is their lower quantile.

    >>> quantile_place(0.5, 4)
    1
    """
    return math.floor(quantile * (count - 1))


def find_quantile(buckets: Buckets, counts: NDArray[np.int64], quantile: float) -> float | None:
    """The quantile of values of which `counts` lie in `buckets`, in any order, each bucket once or
    more; None where there are none."""
    total = int(np.sum(counts))
    if not total:
        return None
    order = np.argsort(buckets)
    place = quantile_place(quantile, total)
    found = order[np.searchsorted(np.cumsum(counts[order]), place, side="right")]
    return float(value_of(buckets[found : found + 1])[0])


@cache
def _edges() -> Floats:
    """The upper edges of buckets 0, 1, 2, ... from the least normal number to the greatest: each
    from the one before by one multiplication or division, which every machine rounds alike."""
    with np.errstate(over="ignore"):
        up = np.multiply.accumulate(np.r_[1.0, np.full(40_000, _GROWTH)])
    down = np.divide.accumulate(np.r_[1.0, np.full(40_000, _GROWTH)])[1:]
    down = down[down >= np.finfo(np.float64).tiny]
    return np.concatenate([down[::-1], up[np.isfinite(up)]])
