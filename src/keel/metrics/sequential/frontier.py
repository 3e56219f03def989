"""Where a condition that falls from true to false does so."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from keel.metrics.evidence import Floats

_POINTS = 24
_ROUNDS = 8


def frontier(holds: Callable[[Floats], NDArray[np.bool_]], low: float, high: float) -> float:
    """The largest number between `low` and `high` for which it holds, to a part in 10 ** 11 of
    the distance; `low` if for none. holds: for [k] numbers at once, in rising order."""
    for _ in range(_ROUNDS):
        points = np.linspace(low, high, _POINTS + 2)
        last = int(np.count_nonzero(holds(points[1:-1])))
        low, high = float(points[last]), float(points[last + 1])
    return low
