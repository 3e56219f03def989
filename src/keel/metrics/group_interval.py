"""Intervals of figures that single out groups: the worst one, or the two furthest apart."""

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np

from keel.metrics.estimate import Estimate
from keel.metrics.interval import BOTH, Tails
from keel.metrics.metric import Better

RatesOf = Callable[[Tails], Sequence[Sequence[Estimate]]]
"""For some tails: the estimates of each rate, in each group."""


def worst_tails(better: Better, groups: int, tails: Tails = BOTH) -> Tails:
    """The tails to ask of each group's interval so that `worst_group` has these.

    The bound towards worse is exceeded only if that of the truly worst group is; the bound
    towards better may be exceeded in any group, which share the chance. Source: Berger 1982,
    doi:10.1080/00401706.1982.10487790.
    """
    low, high = tails[0] / groups, tails[1] / groups
    return {"higher": (tails[0], high), "lower": (low, tails[1]), "zero": (low, high)}[better]


def worst_group(better: Better, figures: Sequence[Estimate]) -> Estimate:
    """The figure of the worst group, n being its cases. Groups without a figure do not count."""
    existing = [figure for figure in figures if not np.isnan(figure.value)]
    if not existing:
        return Estimate(np.nan, np.nan, np.nan, 0)
    if better == "zero":
        return max(existing, key=lambda figure: abs(figure.value))
    sign = 1.0 if better == "higher" else -1.0
    worst = min(existing, key=lambda figure: sign * figure.value)
    bound = np.min if better == "higher" else np.max
    low = float(bound([figure.low for figure in existing]))
    high = float(bound([figure.high for figure in existing]))
    return Estimate(worst.value, low, high, worst.n)


def furthest_apart(rates_of: RatesOf, scale: str, n: int, tails: Tails = BOTH) -> Estimate:
    """The largest difference, or the lowest ratio, of any rate between any two groups.

    As the largest of many noisy differences lies above the true one, its lower bound is that of
    simultaneous intervals of all pairs; its upper bound needs no such care. The interval of a
    pair is put together from those of its groups. NaN with fewer than two groups.

    Source: Zou and Donner 2008, doi:10.1002/sim.3095; Berger 1982.
    """
    plain = rates_of(tails)
    pairs = [pair for rate in plain for pair in permutations(range(len(rate)), 2)]
    if not pairs:
        return Estimate(np.nan, np.nan, np.nan, n)
    careful = rates_of((tails[0] / len(pairs), tails[1] / len(pairs)))
    apart = _ratio if scale == "ratio" else _difference
    found = [
        (apart(ours[a], ours[b]), apart(theirs[a], theirs[b]))
        for ours, theirs in zip(plain, careful, strict=True)
        for a, b in permutations(range(len(ours)), 2)
    ]
    existing = [pair for pair in found if not np.isnan(pair[0].value)]
    if not existing:
        return Estimate(np.nan, np.nan, np.nan, n)
    if scale == "ratio":
        value = min(near.value for near, _ in existing)
        low = float(np.min([near.low for near, _ in existing]))
        high = float(np.min([wide.high for _, wide in existing]))
        return Estimate(value, low, max(value, min(high, 1.0)), n)
    value = max(near.value for near, _ in existing)
    low = float(np.max([wide.low for _, wide in existing]))
    high = float(np.max([near.high for near, _ in existing]))
    return Estimate(value, min(value, max(low, 0.0)), min(high, 1.0), n)


def _difference(a: Estimate, b: Estimate) -> Estimate:
    value = a.value - b.value
    low = value - np.hypot(a.value - a.low, b.high - b.value)
    high = value + np.hypot(a.high - a.value, b.value - b.low)
    return Estimate(value, float(low), float(high), min(a.n, b.n))


def _ratio(a: Estimate, b: Estimate) -> Estimate:
    """a / b: the difference of their logarithms. NaN where b is 0."""
    if not b.value > 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    value = a.value / b.value
    if not (a.value > 0 and b.low > 0):
        # A logarithm of 0 has no distance; the bounds of both together are a wider interval.
        high = a.high / b.low if b.low > 0 else np.inf
        return Estimate(value, a.low / b.high, high, min(a.n, b.n))
    with np.errstate(divide="ignore"):
        down = np.hypot(np.log(a.value) - np.log(a.low), np.log(b.high) - np.log(b.value))
        up = np.hypot(np.log(a.high) - np.log(a.value), np.log(b.value) - np.log(b.low))
    return Estimate(value, float(value * np.exp(-down)), float(value * np.exp(up)), min(a.n, b.n))
