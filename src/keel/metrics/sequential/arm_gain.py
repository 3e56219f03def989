"""How much better one arm of a release is than the other."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.metrics.catalog import find
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Integers
from keel.metrics.interval import BOTH, Tails
from keel.metrics.known_cases import known_cases
from keel.metrics.metric import Metric
from keel.metrics.obstacle import obstacle
from keel.metrics.sequential.arm_figure import FEW, arm_figure, evenness
from keel.metrics.sequential.bounds import ALWAYS, Bounds
from keel.metrics.sequential.no_sequence import no_sequence
from keel.metrics.sequential.pulls import Pulls, pulls
from keel.spec.promise import Measure

_NOTHING = Estimate(np.nan, np.nan, np.nan, 0)


def arm_gain(
    measure: Measure,
    ours: Evidence,
    theirs: Evidence,
    tails: Tails = BOTH,
    bounds: Bounds = ALWAYS,
) -> Estimate:
    """Positive where ours is better. tails, bounds: of the interval, as in `arm_figure`.

    Arms are compared within each step of the release alone, where both answered the same traffic,
    and steps weigh as ours x theirs / (ours + theirs) cases of them do: the weights of Cochran,
    which are the best where cases vary alike, depend on no label, and make a sum of independent
    steps of the whole. Cases of one unit (else: of one id) are one independent part in both arms,
    so that answers to the same requests, as of a shadow, are compared pairwise. n counts our cases
    in the steps that count: those where both arms have cases enough.

    Latencies have no such parts: the interval is put together from the two of the arms.

    Source: weights: Cochran 1954, doi:10.2307/3001616; interval: see `mixture_bound`.
    """
    metric = find(measure, ours.task)
    sign = -1.0 if metric.better == "lower" else 1.0
    if not metric.paired:
        return _apart(*(_each(measure, arm, tails, bounds) for arm in (ours, theirs)))
    arms = tuple(known_cases(metric, arm) for arm in (ours, theirs))
    if any(obstacle(measure, arm) is not None for arm in arms):
        return _NOTHING
    steps = list(_steps(metric, measure, *arms))
    if not steps:
        return Estimate(np.nan, np.nan, np.nan, len(arms[0]))
    weight = np.array([size for size, _, _, _ in steps])
    share = weight / weight.sum()
    value = sign * float(share @ [a.value - b.value for _, a, b, _ in steps])
    each = share @ np.stack([a.each - b.each for _, a, b, _ in steps])
    n = sum(count for _, _, _, count in steps)
    error = Pulls(value, each).error
    if no_sequence(measure, ours.task) is not None or not error > 0:
        return Estimate(value, np.nan, np.nan, n)
    low, high = (bounds.errors(float(weight.sum()), tail) * error for tail in tails)
    return Estimate(value, value - low, value + high, n)


def _steps(
    metric: Metric, measure: Measure, ours: Evidence, theirs: Evidence
) -> Iterator[tuple[float, Pulls, Pulls, int]]:
    """Weight, both figures and number of our cases of each step with cases enough."""
    cluster = _clusters(ours, theirs)
    clusters, split = int(cluster.max()) + 1, len(ours)
    for here, there in _rows_by_step(ours, theirs):
        a, b = ours.take(here), theirs.take(there)
        sizes = (
            _size(metric, measure, a, cluster[here]),
            _size(metric, measure, b, cluster[split + there]),
        )
        if min(sizes) < FEW:
            continue
        size = sizes[0] * sizes[1] / sum(sizes)
        mine = pulls(measure, a, cluster[here], clusters)
        other = pulls(measure, b, cluster[split + there], clusters)
        if np.isfinite([mine.value, other.value, mine.error, other.error]).all():
            yield size, mine, other, len(a)


def _size(metric: Metric, measure: Measure, evidence: Evidence, cluster: Integers) -> int:
    """How many independent things settle the figure."""
    size = len(np.unique(cluster))
    if metric.size is not None and size > 0:
        size = min(size, metric.size(evidence, measure))
    return int(size * evenness(evidence))


def _clusters(ours: Evidence, theirs: Evidence) -> Integers:
    """[ours + theirs] codes of what is independent, the same for the same in both arms."""
    names = np.concatenate([_names(ours, "ours"), _names(theirs, "theirs")])
    code: NDArray[Any] = np.unique(names, return_inverse=True)[1]
    return code.astype(np.int64, copy=False)


def _names(evidence: Evidence, arm: str) -> NDArray[np.str_]:
    """[n] a case's unit where it has one, else its cluster, else its id, else itself. Clusters are
    numbered within an arm."""
    names = np.char.mod(f"{arm} %d", np.arange(len(evidence)))
    if evidence.cluster is not None:
        names = np.char.mod(f"{arm} %d", evidence.cluster)
    elif evidence.id is not None:
        names = np.char.add("id ", evidence.id)
    if evidence.unit is None:
        return names
    return np.where(evidence.unit == "", names, np.char.add("unit ", evidence.unit))


def _rows_by_step(ours: Evidence, theirs: Evidence) -> Iterator[tuple[Integers, Integers]]:
    if ours.step is None or theirs.step is None:
        yield np.arange(len(ours)), np.arange(len(theirs))
        return
    for step in np.intersect1d(ours.step, theirs.step):
        yield np.flatnonzero(ours.step == step), np.flatnonzero(theirs.step == step)


def _each(measure: Measure, evidence: Evidence, tails: Tails, bounds: Bounds) -> Estimate:
    """With half the tails, as either arm may be the one that errs."""
    tail = min(tails) / 2
    return arm_figure(measure, evidence, (tail, tail), bounds)


def _apart(ours: Estimate, theirs: Estimate) -> Estimate:
    """Lower is better."""
    return Estimate(
        theirs.value - ours.value,
        theirs.low - ours.high,
        theirs.high - ours.low,
        min(ours.n, theirs.n),
    )
