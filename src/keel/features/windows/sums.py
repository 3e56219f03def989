"""Sums over windows, from sums of all that came before."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.features.windows.timeline import Floats, Spans

_BITS = 51
_LARGEST, _SMALLEST = 960, -900
"""Powers of two between which a grid can be told from what lies beside it."""


@dataclass(frozen=True, eq=False)
class Sums:
    """before: [n + 1] the sum of all values before each, in two parts: its multiples of a power of
    two so large that they add up without any rounding, and, as the imaginary part, what they leave;
    of real numbers where they leave nothing. slip: what a difference of two may be off."""

    before: NDArray[np.float64] | NDArray[np.complex128]
    slip: float


def sum_up(values: Floats) -> Sums:
    """values: [n], finite.

    What remains beside the multiples is at most 2^-52 of the sum of all, and so is the sum of few
    values after many large ones still known to some thirty digits less those of their number.

    Source: the extraction of Rump, Ogita and Oishi 2008, Accurate floating-point summation, part I,
    section 3.
    """
    total = float(np.abs(values).sum())
    power = math.frexp(total)[1] + 1 if math.isfinite(total) else _LARGEST
    slip = len(values) ** 1.5 * 2.0**-103 * total
    if not _SMALLEST < power < _LARGEST:
        return Sums(_before(values), slip * 2.0**52)
    grid = 1.5 * 2.0 ** (power + 1)
    whole = (values + grid) - grid
    rest = values - whole
    if not rest.any():
        return Sums(_before(whole), 0.0)
    both = np.zeros(len(values) + 1, dtype=np.complex128)
    np.cumsum(whole, out=both.real[1:])
    np.cumsum(rest, out=both.imag[1:])
    return Sums(both, slip)


def window_sum(sums: Sums, spans: Spans, own: Floats | None = None) -> Floats:
    """[q] sums of the values in windows. own: [q] is added to each."""
    whole = sums.before[spans.right] - sums.before[spans.left]
    rest = whole.imag if np.iscomplexobj(whole) else 0.0
    if own is None:
        return whole.real + rest
    total = whole.real + own
    added = total - whole.real
    lost = (whole.real - (total - added)) + (own - added)
    return total + (lost + rest)


def _before(values: Floats) -> Floats:
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, out=sums[1:])
    return sums
