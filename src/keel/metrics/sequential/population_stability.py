"""The population stability index of one arm against the other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Floats, Integers
from keel.metrics.interval import BOTH, Tails
from keel.metrics.sequential.bounds import ALWAYS, Bounds

BINS = 10

FEW = 200
"""Fewer cases in either arm are no ground for an interval: a bin would hold less than 20."""


def population_stability(
    ours: NDArray[Any],
    theirs: NDArray[Any],
    weight: Floats | None = None,
    clusters: tuple[Integers | None, Integers | None] = (None, None),
    tails: Tails = BOTH,
    bounds: Bounds = ALWAYS,
) -> Estimate:
    """How far our values are spread otherwise than theirs: 0 if alike, 0.25 if much has changed.

    ours, theirs: [n] and [m] numbers, cut at the tenths of theirs, NaN apart; or texts, of which
    the nine that are most frequent in both stand alone. weight: [m] how much each of theirs
    counts. clusters: codes of what is independent on each side. Corrected for what sampling alone
    adds; n counts ours. The interval is NaN with few values in either arm.

    Source: Yurdakul and Naranjo 2020, doi:10.21314/JRMV.2020.227; interval: the delta method, with
    the multiples of `bounds`.
    """
    n, m = len(ours), len(theirs)
    if not (n and m):
        return Estimate(np.nan, np.nan, np.nan, n)
    weight = np.ones(m) if weight is None else weight
    codes = _binned(ours, theirs)
    bins = int(max(code.max() for code in codes)) + 1
    p, q = (
        _shares(code, each, bins) for code, each in zip(codes, (np.ones(n), weight), strict=True)
    )
    effective = float(weight.sum() ** 2 / np.square(weight).sum())
    surprise = np.log(p / q)
    chance = (bins - 1) * (1 / n + 1 / effective)
    value = max(float(((p - q) * surprise).sum() - chance), 0.0)
    if min(n, effective) < FEW or bins < 2:
        return Estimate(value, np.nan, np.nan, n)
    variance = _variance(surprise + 1 - q / p, codes[0], np.ones(n), clusters[0])
    variance += _variance(1 - p / q - surprise, codes[1], weight, clusters[1])
    size = n * effective / (n + effective)
    low, high = (bounds.errors(size, tail) * float(np.sqrt(variance)) for tail in tails)
    return Estimate(value, max(value - low, 0.0), value + high + chance, n)


def _binned(ours: NDArray[Any], theirs: NDArray[Any]) -> tuple[Integers, Integers]:
    """Codes of the bins of both, from 0."""
    if ours.dtype.kind in "fiub" and theirs.dtype.kind in "fiub":
        numbers = ours.astype(np.float64), theirs.astype(np.float64)
        edges = _tenths(numbers[1][~np.isnan(numbers[1])])
        return _numbered(numbers[0], edges), _numbered(numbers[1], edges)
    both = np.concatenate([ours, theirs]).astype(str)
    names, code, counts = np.unique(both, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(names))
    place = np.minimum(rank, BINS - 1)[code]
    return place[: len(ours)], place[len(ours) :]


def _tenths(values: Floats) -> Floats:
    cuts = np.arange(1, BINS) / BINS
    return np.unique(np.quantile(values, cuts, method="inverted_cdf")) if len(values) else values


def _numbered(values: Floats, edges: Floats) -> Integers:
    code = np.searchsorted(edges, values, side="left")
    return np.where(np.isnan(values), len(edges) + 1, code)


def _shares(code: Integers, weight: Floats, bins: int) -> Floats:
    """Half a case is added to each bin, as one without any would be infinitely far."""
    counts = np.bincount(code, weight, minlength=bins) * len(code) / weight.sum()
    return np.asarray((counts + 0.5) / (len(code) + 0.5 * bins))


def _variance(slope: Floats, code: Integers, weight: Floats, cluster: Integers | None) -> float:
    """Of the sum over bins of slope times share, for one side."""
    share = weight / weight.sum()
    moved = share * (slope[code] - share @ slope[code])
    if cluster is not None:
        moved = np.bincount(np.unique(cluster, return_inverse=True)[1], moved)
    return float(np.square(moved).sum())
