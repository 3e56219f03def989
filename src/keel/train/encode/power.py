"""The Yeo-Johnson power transform of blocks of numbers.

Source: I.-K. Yeo and R. A. Johnson, A new family of power transformations to improve normality or
symmetry, Biometrika 87 (2000), equation 2.1 and section 3.1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.encode.moments import BLOCK_ROWS, Moments, measure_moments
from keel.train.encode.numbers import LARGEST_SCORE
from keel.train.export.graph import DOUBLE, FLOAT, Graph
from keel.train.matrix import Float32

Float64 = NDArray[np.float64]

_LOW, _HIGH = -3.0, 5.0
_STEPS = 26
_SAMPLE_VALUES = 2_000_000
_ROWS_AT_LEAST, _ROWS_AT_MOST = 1_000, 20_000
FLAT = 1e-6
"""An exponent this near to zero is the logarithm."""

_RESOLVED = 1e-6


@dataclass(frozen=True, eq=False)
class Power:
    """[d] exponents (lambda), and the mean and deviation of the transformed columns.

    All of it is computed in double: with an exponent of -3 the years 1990 to 2020 differ only in
    their eleventh digit.
    """

    exponent: Float64
    mean: Float64
    deviation: Float64

    def apply(self, block: Float32) -> Float32:
        """[n, d] transformed and standardised, NaN where it was."""
        scaled = np.empty_like(block)
        for start in range(0, len(block), BLOCK_ROWS):
            part = block[start : start + BLOCK_ROWS].astype(np.float64)
            powered = (power_transform(part, self.exponent) - self.mean) / self.deviation
            scaled[start : start + BLOCK_ROWS] = np.clip(powered, -LARGEST_SCORE, LARGEST_SCORE)
        return scaled

    def graph(self, graph: Graph, block: str) -> str:
        """`apply` inside the graph."""
        zero, one = graph.float64(0.0), graph.float64(1.0)
        wide = graph.node("Cast", block, to=DOUBLE)
        negative = graph.node("Less", wide, zero)
        exponent = graph.node(
            "Where", negative, graph.float64(2.0 - self.exponent), graph.float64(self.exponent)
        )
        flat = graph.node("Less", graph.node("Abs", exponent), graph.float64(FLAT))
        logarithm = graph.node("Log", graph.node("Add", graph.node("Abs", wide), one))
        divisor = graph.node("Where", flat, one, exponent)
        grown = graph.node("Exp", graph.node("Mul", divisor, logarithm))
        grown = graph.node("Div", graph.node("Sub", grown, one), divisor)
        size = graph.node("Where", flat, logarithm, grown)
        powered = graph.node("Mul", graph.node("Sign", wide), size)
        scaled = graph.node("Sub", powered, graph.float64(self.mean))
        scaled = graph.node("Div", scaled, graph.float64(self.deviation))
        limit = float(LARGEST_SCORE)
        cut = graph.node("Clip", scaled, graph.float64(-limit), graph.float64(limit))
        return graph.node("Cast", cut, to=FLOAT)


def power_transform(values: Float64, exponent: Float64) -> Float64:
    """The transform of [n, d] values with [d] exponents."""
    exponents = np.where(values < 0, 2.0 - exponent, exponent)
    flat = np.abs(exponents) < FLAT
    logarithm = np.log(np.abs(values) + 1.0)
    divisor = np.where(flat, 1.0, exponents)
    with np.errstate(over="ignore"):
        grown = (np.exp(divisor * logarithm) - 1.0) / divisor
    return np.asarray(np.sign(values) * np.where(flat, logarithm, grown))


def power_inverse(values: Float64, exponent: Float64) -> Float64:
    """The values whose transform is `values`; beyond its range, the largest finite one."""
    exponents = np.where(values < 0, 2.0 - exponent, exponent)
    flat = np.abs(exponents) < FLAT
    divisor = np.where(flat, 1.0, exponents)
    size = np.abs(values)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        logarithm = np.log(np.maximum(size * divisor + 1.0, np.finfo(np.float64).tiny)) / divisor
        grown = np.exp(np.where(flat, size, logarithm)) - 1.0
    return np.asarray(np.sign(values) * np.minimum(grown, np.finfo(np.float64).max))


def fit_power(block: Float32) -> Power:
    """The likeliest exponents of [n, d] numbers, between -3 and 5.

    It is 1, no transform, for constant columns and where the likeliest would leave no digits.
    Estimated on evenly spaced rows when there are many: its error there is far below what
    matters to a model.
    """
    exponent = _likeliest(_sample(block))
    moments = _measure(block, exponent)
    lost = moments.deviation <= np.abs(moments.mean) * _RESOLVED
    if lost.any():
        exponent = np.where(lost, 1.0, exponent)
        moments = _measure(block, exponent)
    return Power(exponent, moments.mean, moments.deviation)


def _measure(block: Float32, exponent: Float64) -> Moments:
    return measure_moments(block, lambda part: power_transform(part.astype(np.float64), exponent))


def _sample(block: Float32) -> Float64:
    rows = int(np.clip(_SAMPLE_VALUES // max(block.shape[1], 1), _ROWS_AT_LEAST, _ROWS_AT_MOST))
    return block[:: max(1, len(block) // rows)].astype(np.float64)


def _likeliest(sample: Float64) -> Float64:
    # Golden-section search over all columns at once, one new point a step; the likelihood has
    # one peak.
    likelihood = _Likelihood(sample)
    columns = sample.shape[1]
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    low, high = np.full(columns, _LOW), np.full(columns, _HIGH)
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = likelihood.of(left), likelihood.of(right)
    for _ in range(_STEPS):
        lower = at_left >= at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        kept, at_kept = np.where(lower, left, right), np.where(lower, at_left, at_right)
        fresh = np.where(lower, high - ratio * (high - low), low + ratio * (high - low))
        at_fresh = likelihood.of(fresh)
        left, right = np.where(lower, fresh, kept), np.where(lower, kept, fresh)
        at_left = np.where(lower, at_fresh, at_kept)
        at_right = np.where(lower, at_kept, at_fresh)
    # A constant column has no likeliest exponent.
    with np.errstate(invalid="ignore"):
        varied = np.nanmax(sample, axis=0, initial=-np.inf) > np.nanmin(
            sample, axis=0, initial=np.inf
        )
    return np.where(varied, np.round((low + high) / 2.0, 4), 1.0)


class _Likelihood:
    """Of [d] exponents, given [n, d] numbers. Logarithms are taken once."""

    def __init__(self, sample: Float64) -> None:
        self._negative = sample < 0
        self._sign = np.sign(sample)
        self._logarithm = np.log(np.abs(sample) + 1.0)
        self._counts = np.maximum((~np.isnan(sample)).sum(axis=0), 1)
        self._jacobian = np.nansum(self._sign * self._logarithm, axis=0)

    def of(self, exponent: Float64) -> Float64:
        exponents = np.where(self._negative, 2.0 - exponent, exponent)
        exponents[np.abs(exponents) < FLAT] = FLAT
        powered = self._sign * np.expm1(exponents * self._logarithm) / exponents
        mean = np.nansum(powered, axis=0) / self._counts
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            variance = np.nansum((powered - mean) ** 2, axis=0) / self._counts
            likelihood = -0.5 * self._counts * np.log(variance)
            likelihood += (exponent - 1.0) * self._jacobian
        return np.asarray(np.where(np.isfinite(likelihood), likelihood, -np.inf))
