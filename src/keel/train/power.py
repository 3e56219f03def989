"""The Yeo-Johnson power transform of blocks of numbers.

Source: I.-K. Yeo and R. A. Johnson, A new family of power transformations to improve normality or
symmetry, Biometrika 87 (2000), equation 2.1 and section 3.1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.graph import DOUBLE, FLOAT, Graph
from keel.train.matrix import Float32
from keel.train.moments import measure_moments
from keel.train.numbers import LARGEST_SCORE

Float64 = NDArray[np.float64]

_LOW, _HIGH = -3.0, 5.0
_STEPS = 40
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
        powered = power_transform(block.astype(np.float64), self.exponent)
        scaled = (powered - self.mean) / self.deviation
        return np.clip(scaled, -LARGEST_SCORE, LARGEST_SCORE).astype(np.float32)

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
    wide = block.astype(np.float64)
    exponent = _likeliest(_sample(wide))
    moments = measure_moments(power_transform(wide, exponent))
    lost = moments.deviation <= np.abs(moments.mean) * _RESOLVED
    if lost.any():
        exponent = np.where(lost, 1.0, exponent)
        moments = measure_moments(power_transform(wide, exponent))
    return Power(exponent, moments.mean, moments.deviation)


def _sample(wide: Float64) -> Float64:
    rows = int(np.clip(_SAMPLE_VALUES // max(wide.shape[1], 1), _ROWS_AT_LEAST, _ROWS_AT_MOST))
    return wide[:: max(1, len(wide) // rows)]


def _likeliest(sample: Float64) -> Float64:
    # Golden-section search over all columns at once; the likelihood has one peak.
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    low = np.full(sample.shape[1], _LOW)
    high = np.full(sample.shape[1], _HIGH)
    for _ in range(_STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        better = _likelihood(sample, left) >= _likelihood(sample, right)
        low, high = np.where(better, low, left), np.where(better, right, high)
    deviation = measure_moments(sample).deviation
    flat = ~(np.nanmax(np.abs(sample), axis=0, initial=0.0) > 0) | (deviation == 1.0)
    return np.where(flat, 1.0, np.round((low + high) / 2.0, 4))


def _likelihood(sample: Float64, exponent: Float64) -> Float64:
    powered = power_transform(sample, exponent)
    counts = np.maximum((~np.isnan(sample)).sum(axis=0), 1)
    mean = np.nansum(powered, axis=0) / counts
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        variance = np.nansum((powered - mean) ** 2, axis=0) / counts
        jacobian = np.nansum(np.sign(sample) * np.log(np.abs(sample) + 1.0), axis=0)
        likelihood = -0.5 * counts * np.log(variance) + (exponent - 1.0) * jacobian
    return np.asarray(np.where(np.isfinite(likelihood), likelihood, -np.inf))
