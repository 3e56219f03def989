"""Sums of doubles in two doubles, alike on every machine."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_LARGEST, _SMALLEST = 960, -900
"""Powers of two between which a grid can be told from what lies beside it."""

_HIGH_BITS = np.int64(-1 << 27)
"""Leaves a double 26 of its digits: times a whole number below 2^27 that is exact."""


def sum_runs(values: Floats, begins: Codes) -> tuple[Floats, Floats]:
    """[runs] the sums of values that follow each other: the nearest double, and what that leaves.

    values: [m], finite. begins: [runs] where each begins, ascending from 0. An infinite
    sum leaves nothing.

    Source: the extraction of Rump, Ogita and Oishi 2008, Accurate floating-point summation, part I,
    section 3: multiples of a power of two so large that they add up without any rounding, in
    whatever order, and what lies beside them.
    """
    with np.errstate(over="ignore"):
        bound = np.add.reduceat(np.abs(values), begins)
        power = np.frexp(bound)[1]
        fits = np.isfinite(bound) & (power > _SMALLEST) & (power < _LARGEST)
        grid = np.where(fits, np.ldexp(1.5, np.where(fits, power + 2, 0)), 0.0)
        each = np.repeat(grid, np.diff(begins, append=len(values)))
        whole = (values + each) - each
        return add(np.add.reduceat(whole, begins), np.add.reduceat(values - whole, begins))


def add(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """[n] each sum, and what it is off. Source: Knuth, The art of computer programming, volume 2,
    section 4.2.2, theorem B."""
    total = one + other
    with np.errstate(invalid="ignore"):
        part = total - one
        lost = (one - (total - part)) + (other - part)
    return total, np.where(np.isfinite(total), lost, 0.0)


def less_centre(total: Floats, lost: Floats, count: Codes, centre: Floats) -> Floats:
    """[n] sums of `count` values, less as many times `centre`, of which nothing cancels but what
    must. count: below 2^27."""
    high = (centre.view(np.int64) & _HIGH_BITS).view(np.float64)
    found: Floats = ((total - count * high) - count * (centre - high)) + lost
    return found
