"""Bounds of a few planned looks, from what each of them may spend."""

import numpy as np
from scipy import special

from keel.metrics.evidence import Floats

_NODES = 1001
"""Of Simpson's rule, an odd number."""

_FARTHEST = 9.0
"""Standard deviations below 0 where what is left is nothing."""

_STEPS = 80


def group_sequential(information: Floats, spent: Floats) -> Floats:
    """[k] how many standard errors a figure must be off at each look so that the chance that it
    ever has been, one way and under the null hypothesis, is `spent` after that look.

    information: [k] rising, on any scale, as numbers of cases. spent: [k] rising.

    Raises ValueError where one of them does not rise.

    Source: Armitage, McPherson and Rowe 1969, doi:10.2307/2343787, recursive integration; Lan and
    DeMets 1983, doi:10.1093/biomet/70.3.659.
    """
    information, spent = np.asarray(information, float), np.asarray(spent, float)
    increments, chances = np.diff(information, prepend=0.0), np.diff(spent, prepend=0.0)
    if not ((increments > 0).all() and (chances > 0).all()):
        raise ValueError("each look must bring information and have a chance to spend")
    # The sum so far has this density on these nodes, while no bound was crossed.
    nodes, mass = np.zeros(1), np.ones(1)
    bounds = []
    for now, increment, chance in zip(information, increments, chances, strict=True):
        spread = np.sqrt(increment)
        crossing = _where(nodes, mass, spread, chance, np.sqrt(now))
        bounds.append(crossing / np.sqrt(now))
        new = np.linspace(-_FARTHEST * np.sqrt(now), crossing, _NODES)
        steps = (new[:, None] - nodes) / spread
        density = np.exp(-steps * steps / 2) @ mass / (spread * np.sqrt(2 * np.pi))
        nodes, mass = new, density * _simpson(new)
    return np.array(bounds)


def _where(nodes: Floats, mass: Floats, spread: float, chance: float, scale: float) -> float:
    """What the sum exceeds at this look with just this chance."""
    low, high = -_FARTHEST * scale, 2 * _FARTHEST * scale
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if mass @ special.ndtr((nodes - middle) / spread) > chance:
            low = middle
        else:
            high = middle
    return low


def _simpson(nodes: Floats) -> Floats:
    weight = np.full(len(nodes), 2.0)
    weight[1::2] = 4.0
    weight[[0, -1]] = 1.0
    return np.asarray(weight * (nodes[1] - nodes[0]) / 3)
