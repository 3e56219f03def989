"""How many standard errors off a figure may ever be, however often one looks."""

import numpy as np
from scipy import special

from keel.metrics.evidence import Floats

SCALE = 30.0
"""At so many cases the bound begins to be tight: it is tightest at about ten times as many, and
costs at most a third more cases than the best choice between thirty and a hundred thousand."""

_STEPS = 12


def mixture_bound(size: Floats | float, tail: float, scale: float = SCALE) -> Floats:
    """[...] the always-valid counterpart of 1.64 (for a tail of 5 %) or 1.96 (for 2.5 %).

    A figure that is asymptotically a mean of `size` independent influences lies more than so many
    standard errors above (likewise below) the truth with a chance of at most `tail`, at any size
    there ever is. It grows without limit as cases become few, which is what small samples need.

    Raises ValueError unless 0 < tail < 0.5.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, doi:10.1214/24-AOS2408,
    theorem 2.2, with the one-sided normal mixture of Howard, Ramdas, McAuliffe and Sekhon 2021,
    doi:10.1214/20-AOS1991, proposition 6.
    """
    if not 0 < tail < 0.5:
        raise ValueError(f"a tail of {tail:g} has no bound: it must lie between 0 and 0.5")
    size = np.asarray(size, dtype=np.float64)
    with np.errstate(divide="ignore"):
        shrink = np.sqrt(size / (size + scale))
    needed = -np.log(2 * tail) + 0.5 * np.log1p(size / scale)
    # The largest root there can be: from there Newton's steps fall to the root and never past it.
    root = np.sqrt(2 * needed + 2 * np.log(2))
    for _ in range(_STEPS):
        below = special.log_ndtr(root)
        slope = root + np.exp(-root * root / 2 - below) / np.sqrt(2 * np.pi)
        root = root - (root * root / 2 + below - needed) / slope
    with np.errstate(divide="ignore"):
        bound: Floats = root / shrink
    return bound
