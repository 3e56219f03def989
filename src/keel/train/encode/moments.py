"""What a block of numbers looks like, column by column, missing values left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.matrix import Float32

Float64 = NDArray[np.float64]
Floats = Float32 | Float64
Change = Callable[[Floats], Floats]

BLOCK_ROWS = 16_384
"""Rows worked on at a time: what is made of them on the way stays in the cache."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Of d columns, [d] each. Where nothing but missing values was seen the mean is 0.

    mean, deviation: of the values present, in float64; a constant column has its own size as
    deviation, at least 1, so that dividing by it is harmless and its rounding stays small.
    missing: whether a missing value was seen.
    """

    mean: Float64
    deviation: Float64
    missing: NDArray[np.bool_]


def measure_moments(block: Floats, change: Change | None = None) -> Moments:
    """Moments of [n, d] numbers, or of what `change` makes of them, a stretch of rows at a time.
    Two passes, so that a large mean costs no digits."""
    columns = block.shape[1]
    counts = np.zeros(columns)
    sums = np.zeros(columns)
    for part in _parts(block, change):
        present = ~np.isnan(part)
        counts += present.sum(axis=0)
        sums += np.where(present, part, 0).sum(axis=0, dtype=np.float64)
    mean = sums / np.maximum(counts, 1)
    squares = np.zeros(columns)
    for part in _parts(block, change):
        squares += np.nansum((part - mean) ** 2, axis=0)
    deviation = np.sqrt(squares / np.maximum(counts, 1))
    # A spread below what the type resolves around the mean is rounding, not information.
    flat = deviation <= np.abs(mean) * np.finfo(block.dtype).eps
    size = np.maximum(np.abs(mean), 1.0)
    return Moments(mean, np.where(flat, size, deviation), counts < len(block))


def measure_medians(block: Float32) -> Float32:
    """[d] medians of the values present, 0 where there are none."""
    medians = np.zeros(block.shape[1], dtype=np.float32)
    for j in range(block.shape[1]):
        column = block[:, j]
        present = column[~np.isnan(column)]
        if len(present):
            middle = len(present) // 2
            # Always a value that was seen: the mean of two would be one more rounding.
            medians[j] = np.partition(present, middle)[middle]
    return medians


def measure_skewness(block: Float32, moments: Moments) -> Float64:
    """[d] third standardised moments of the values present, 0 for constant columns."""
    cubes = np.zeros(block.shape[1])
    counts = np.zeros(block.shape[1])
    for part in _parts(block):
        counts += (~np.isnan(part)).sum(axis=0)
        scaled = (part - moments.mean) / moments.deviation
        # A general power would take ten times as long.
        cubes += np.nansum(scaled * scaled * scaled, axis=0)
    return np.asarray(cubes / np.maximum(counts, 1))


def _parts(block: Floats, change: Change | None = None) -> Iterator[Floats]:
    for start in range(0, len(block), BLOCK_ROWS):
        part = block[start : start + BLOCK_ROWS]
        yield part if change is None else change(part)
