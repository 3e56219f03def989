"""How much of the chance of a false alarm is spent by each of several looks."""

import numpy as np

from keel.metrics.evidence import Floats


def spent_evenly(time: Floats, tail: float) -> Floats:
    """[k] the chance spent at these shares of the way, above 0 and at most 1, about equally much
    at each look: bounds are nearly constant, as Pocock's.

    Source: Lan and DeMets 1983, doi:10.1093/biomet/70.3.659, alpha 2.
    """
    return np.asarray(tail * np.log1p((np.e - 1) * np.asarray(time)))
