"""How many cases of some sort there are per day."""

from collections.abc import Callable

import numpy as np
from scipy import special

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails
from keel.metrics.sample import Sample
from keel.metrics.top import daily_part, day_of

FEW_DAYS = 10
FEW_CASES = 10
"""Fewer days or cases than these are no ground to tell from how unlike days are."""


def per_day(sample: Sample, chosen: Callable[[Evidence], Floats]) -> Floats:
    """[r] cases chosen, 1 or 0 each, over the days that hold any case."""
    return np.asarray(sample.sum(chosen) / sample.sum(daily_part))


def poisson_estimate(chosen: Floats, evidence: Evidence, tails: Tails) -> Estimate | None:
    """The same with its exact interval where cases come by themselves; None where there are days
    and cases enough to draw whole days instead, which heeds that alerts come in swarms.

    Source: Garwood 1936, Fiducial limits for the Poisson distribution,
    doi:10.1093/biomet/28.3-4.437.
    """
    days = len(np.unique(day_of(evidence)))
    count = float(chosen.sum())
    if days >= FEW_DAYS and count >= FEW_CASES:
        return None
    low = float(special.gammaincinv(count, tails[0])) if count else 0.0
    high = float(special.gammaincinv(count + 1, 1 - tails[1]))
    return Estimate(count / days, low / days, high / days, len(evidence))
