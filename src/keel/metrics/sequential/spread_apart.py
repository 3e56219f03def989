"""Whether two growing samples are of one distribution."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from keel.metrics.evidence import Floats
from keel.metrics.sequential.look_sizes import look_sizes


@dataclass(frozen=True)
class Apart:
    """distance: the largest between both distribution functions, of all values so far. size: how
    many values of each told that they are unlike, None where none did. looks: so far."""

    distance: float
    size: int | None
    looks: int


def spread_apart(ours: Floats, theirs: Floats, alpha: float) -> Apart:
    """Whether our values are spread otherwise than theirs, found falsely with a chance of at most
    `alpha` however often one asks.

    ours, theirs: values in the order in which they came; a look takes the first so many of each.
    Equal values make it more careful. NaN without values.

    Source: Smirnov 1948, doi:10.1214/aoms/1177730256, two-sided and asymptotic, on a grid of looks.
    """
    n, m = len(ours), len(theirs)
    if not (n and m):
        return Apart(np.nan, None, 0)
    sizes, chances = look_sizes(min(n, m), alpha)
    for size, chance in zip(sizes.tolist(), chances.tolist(), strict=True):
        scaled = _distance(ours[:size], theirs[:size]) * np.sqrt(size / 2)
        if special.kolmogorov(scaled) <= chance:
            return Apart(_distance(ours, theirs), size, len(sizes))
    return Apart(_distance(ours, theirs), None, len(sizes))


def _distance(ours: Floats, theirs: Floats) -> float:
    a, b = np.sort(ours), np.sort(theirs)
    both = np.concatenate([a, b])
    below = [np.searchsorted(one, both, side="right") / len(one) for one in (a, b)]
    return float(np.abs(below[0] - below[1]).max())
