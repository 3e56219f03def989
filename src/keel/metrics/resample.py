"""What is drawn as a whole when cases are resampled, and how often each draw takes it."""

from collections.abc import Iterator

import numpy as np

from keel.metrics.evidence import Floats, Integers

UNITS = 16_384
"""More cases or clusters than this are drawn in random blocks of equal size."""
FEW_UNITS = 512
"""The same where many curves (one per class) over many cases must be resampled."""
CURVE_CASES = 2_000_000
"""Cases times curves above which fewer, larger blocks are drawn."""
TOGETHER = 64
"""How many resamples are computed at once."""
LEFT_OUT = 100
"""How many parts are left out in turn."""


def resampling_units(
    cluster: Integers | None, cases: int, curves: int, seed: int
) -> tuple[Integers, int]:
    """[n] codes of what is drawn as a whole, and how many codes there are.

    A mean of random equal blocks varies as that of single cases does. Source: the method of random
    groups, Wolter 2007, Introduction to Variance Estimation, 2nd edition, chapter 2.
    """
    if cluster is None:
        unit, units = np.arange(cases), cases
    else:
        _, unit = np.unique(cluster, return_inverse=True)
        units = int(unit.max()) + 1 if cases else 0
    limit = UNITS if cases * curves <= CURVE_CASES else FEW_UNITS
    if units <= limit:
        return unit.astype(np.int64, copy=False), units
    block = np.random.default_rng([seed, 1]).permutation(units) % limit
    return block[unit], limit


def resample_weights(units: int, replicates: int, seed: int) -> Iterator[Floats]:
    """[units, r] how often each unit is drawn in r resamples, until there are `replicates`."""
    random = np.random.default_rng([seed, 2])
    for start in range(0, replicates, TOGETHER):
        count = min(TOGETHER, replicates - start)
        drawn = random.integers(0, units, size=(count, units))
        drawn += np.arange(count)[:, None] * units
        weight = np.bincount(drawn.ravel(), minlength=count * units)
        yield np.ascontiguousarray(weight.reshape(count, units).T, dtype=np.float64)


def left_out_weights(units: int, seed: int) -> Iterator[Floats]:
    """[units, r] ones, but for the part of the units that is left out, each part in turn."""
    parts = min(units, LEFT_OUT)
    part = np.random.default_rng([seed, 3]).permutation(units) % parts
    for start in range(0, parts, TOGETHER):
        here = np.arange(start, min(start + TOGETHER, parts))
        yield (part[:, None] != here).astype(np.float64)
