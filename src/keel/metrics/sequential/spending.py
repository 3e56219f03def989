"""How much of the chance of a false alarm is spent by each of several looks."""

import numpy as np
from scipy import special

from keel.metrics.evidence import Floats


def spent_evenly(time: Floats, tail: float) -> Floats:
    """[k] the chance spent at these shares of the way, above 0 and at most 1, about equally much
    at each look: bounds are nearly constant, as Pocock's.

    Source: Lan and DeMets 1983, doi:10.1093/biomet/70.3.659, alpha 2.
    """
    return np.asarray(tail * np.log1p((np.e - 1) * np.asarray(time)))


def spent_late(time: Floats, tail: float) -> Floats:
    """[k] the same, nearly all of it at the end: early bounds are high, as those of O'Brien and
    Fleming.

    Source: Lan and DeMets 1983, alpha 1.
    """
    at_end = -special.ndtri(tail / 2)
    return np.asarray(2 * special.ndtr(-at_end / np.sqrt(np.asarray(time))))
