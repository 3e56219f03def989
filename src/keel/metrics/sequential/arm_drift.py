"""How far what one arm sees or says is spread otherwise than what the other does."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import BOTH, Tails
from keel.metrics.sequential.arm_figure import clusters_of
from keel.metrics.sequential.bounds import ALWAYS, Bounds
from keel.metrics.sequential.population_stability import population_stability


def arm_drift(
    ours: Evidence,
    theirs: Evidence,
    columns: tuple[NDArray[Any], NDArray[Any]],
    tails: Tails = BOTH,
    bounds: Bounds = ALWAYS,
) -> Estimate:
    """The population stability index of a column, theirs weighted so that each step of the release
    has the share that it has of ours: traffic that changes between steps is no difference.

    columns: [n] and [m] values of the cases of both arms. Cases of a step that only one arm has
    are left out; cases of one unit count as one. See `population_stability`.
    """
    if ours.step is None or theirs.step is None:
        weight, here, there = np.ones(len(theirs)), np.arange(len(ours)), np.arange(len(theirs))
    else:
        both = np.intersect1d(ours.step, theirs.step)
        here = np.flatnonzero(np.isin(ours.step, both))
        there = np.flatnonzero(np.isin(theirs.step, both))
        steps = np.searchsorted(both, ours.step[here]), np.searchsorted(both, theirs.step[there])
        weight = _weights(*steps)
    clusters = clusters_of(ours), clusters_of(theirs)
    own = None if clusters[0] is None else clusters[0][here]
    other = None if clusters[1] is None else clusters[1][there]
    values = columns[0][here], columns[1][there]
    return population_stability(*values, weight, (own, other), tails, bounds)


def score_of_cases(evidence: Evidence) -> Floats | None:
    """[n] the number that an answer is ranked by: the probability of the positive class of two or
    of the likeliest of several, the value, the anomaly score. None for lists of items."""
    output = evidence.output
    if output.ndim == 1:
        return output
    if output.dtype.kind != "f":
        return None
    scores: Floats = output[:, 1] if output.shape[1] == 2 else output.max(axis=1)
    return scores


def _weights(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> Floats:
    """[m] what each of theirs stands for, from codes of steps that both have."""
    mine, other = np.bincount(ours), np.bincount(theirs)
    return np.asarray((mine / other)[theirs])
