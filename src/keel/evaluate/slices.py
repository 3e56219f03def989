"""Where a version is worse than elsewhere: a measure in every slice, the worst first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from keel.data.table import Column
from keel.evaluate.card.content import SliceFact, SliceFacts
from keel.evaluate.clusters import clusters
from keel.evaluate.partitions import Partition, partition_values, partitions
from keel.metrics.bootstrap import estimate, point
from keel.metrics.catalog import find
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.metric import Metric
from keel.metrics.prepared import Prepared
from keel.metrics.sample import Basis, Sample
from keel.spec.promise import Measure

PARTS = 20
"""Random parts of the cases, left out in turn to see how a figure varies."""
BINS = 512
MIN_SIZE = 50
TOGETHER = 12
LEVEL = 0.05
CORRECTION = "Benjamini-Hochberg"


@dataclass(frozen=True)
class _Look:
    """One slice held against all other cases. gap: how much better, below 0 is worse."""

    partition: Partition
    slice: int
    n: int
    value: float
    error: float
    gap: float
    p: float


def find_slices(
    measure: Measure,
    evidence: Evidence,
    columns: Sequence[Column],
    frame: pl.DataFrame,
    *,
    seed: int = 0,
    min_size: int = MIN_SIZE,
    most: int = 30,
) -> SliceFacts:
    """The measure in every slice of at least `min_size` cases that columns, k-means clusters and
    the groups of the evidence make; row i of `frame` is case i. The `most` worst come first:
    those worse than all other cases by the size of the gap, then the others by its certainty.

    Intervals and tests rest on figures with each of 20 random parts (of whole clusters) left out
    in turn; p is corrected for the number of slices looked at, and significant is a false
    discovery rate of 5 %. Slices in which the measure does not exist are not counted as looks.

    Raises ValueError for a measure by groups or per day, which has slices of its own.
    Source: jackknife: Efron and Tibshirani 1993, equation 11.5, in parts: Shao and Tu 1995, 2.3;
    correction: Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    if measure.by is not None or measure.per_day:
        raise ValueError(f"{measure} cannot be sliced: it is by groups or per day already")
    metric = find(measure, evidence.task)
    prepared = Prepared(evidence)
    part = _parts(evidence, seed)
    ways = _ways(evidence, columns, frame, seed)
    looks = _distinct(
        look
        for way in ways
        for look in _looks(measure, metric, prepared, way, part, min_size)
        if not np.isnan(look.p)
    )
    corrected = benjamini_hochberg(np.array([look.p for look in looks]))
    order = sorted(range(len(looks)), key=lambda i: _badness(looks[i], float(corrected[i])))
    return SliceFacts(
        metric=str(measure),
        better=metric.better,
        overall=estimate(measure, evidence, seed=seed, replicates=400),
        slices=[
            _fact(measure, metric, evidence, looks[i], float(corrected[i])) for i in order[:most]
        ],
        looks=len(looks),
        correction=CORRECTION,
    )


def benjamini_hochberg(p: Floats) -> Floats:
    """[n] p-values corrected so that those below q have a false discovery rate of at most q.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return corrected


def _distinct(looks: Iterable[_Look]) -> list[_Look]:
    """Two columns can say the same (a code and its name): their slices count once."""
    return list({(look.n, look.value, look.gap): look for look in reversed(list(looks))}.values())[
        ::-1
    ]


def _ways(
    evidence: Evidence, columns: Sequence[Column], frame: pl.DataFrame, seed: int
) -> Iterator[Partition]:
    yield from partitions(columns, frame)
    known = {column.name for column in columns}
    for name, values in evidence.groups.items():
        if name not in known:
            yield partition_values(name, pl.Series(name, values))
    alike = clusters(columns, frame, seed=seed)
    if alike is not None:
        yield alike


def _parts(evidence: Evidence, seed: int) -> Integers:
    whole = np.arange(len(evidence))
    if evidence.cluster is not None:
        whole = np.unique(evidence.cluster, return_inverse=True)[1]
    drawn = np.random.default_rng(seed).permutation(int(whole.max()) + 1 if len(whole) else 0)
    parts: Integers = (drawn % PARTS)[whole]
    return parts


def _looks(
    measure: Measure,
    metric: Metric,
    prepared: Prepared,
    way: Partition,
    part: Integers,
    min_size: int,
) -> Iterator[_Look]:
    n = len(prepared.evidence)
    inside = np.where(way.code < 0, len(way.names), way.code)
    sizes = np.bincount(inside, minlength=len(way.names) + 1)
    basis = Basis(prepared, inside * PARTS + part, len(sizes) * PARTS, BINS)
    large = np.flatnonzero((sizes[:-1] >= min_size) & (n - sizes[:-1] >= min_size))
    everything = _figures(measure, basis, np.ones((1, len(sizes)), dtype=bool))
    noise = _error(everything)
    for start in range(0, len(large), TOGETHER):
        asked = large[start : start + TOGETHER]
        mine = asked[:, None] == np.arange(len(sizes))
        here, rest = _figures(measure, basis, mine), _figures(measure, basis, ~mine)
        gap = _gap(metric, here, rest)
        error = _error(here)
        # A slice where nothing varies (no error in 60 cases) is not therefore certain: it is at
        # least as uncertain as a random slice of its size.
        floor = noise / np.sqrt(_shares(metric, prepared, inside, len(sizes))[asked])
        test = gap[:, 0] / np.maximum(_error(gap), np.maximum(floor, 1e-300))
        p = 2 * special.stdtr(PARTS - 1, -np.abs(test))
        for i, s in enumerate(asked):
            bounded = max(float(error[i]), float(floor[i]) if error[i] == 0 else 0.0)
            yield _Look(
                way,
                int(s),
                int(sizes[s]),
                float(here[i, 0]),
                bounded,
                float(gap[i, 0]),
                float(p[i]),
            )


def _shares(metric: Metric, prepared: Prepared, inside: Integers, slices: int) -> Floats:
    """[slices] share of the cases in each slice; of those of the class that it holds least of,
    where the measure rests on the cases of a class."""
    count = np.bincount(inside, minlength=slices) / len(inside)
    if metric.size is None:
        return count
    classes = prepared.classes
    cells = np.bincount(inside * classes + prepared.label, minlength=slices * classes)
    here = cells.reshape(slices, classes) / np.maximum(
        np.bincount(prepared.label, minlength=classes), 1
    )
    shares: Floats = np.minimum(count, np.where(here > 0, here, 1.0).min(axis=1))
    return shares


def _figures(measure: Measure, basis: Basis, chosen: NDArray[np.bool_]) -> Floats:
    """[k, 1 + PARTS] figures of each of k choices of slices, whole and with each part left out."""
    kept = np.ones((PARTS, 1 + PARTS))
    kept[:, 1:] -= np.eye(PARTS)
    weight = np.einsum("ks,pr->spkr", chosen.astype(np.float64), kept)
    sample = Sample(basis, np.ascontiguousarray(weight.reshape(basis.units, -1)))
    return (
        find(measure, sample.evidence.task).values(sample, measure).reshape(len(chosen), 1 + PARTS)
    )


def _gap(metric: Metric, here: Floats, rest: Floats) -> Floats:
    if metric.better == "zero":
        return np.abs(rest) - np.abs(here)
    return here - rest if metric.better == "higher" else rest - here


def _error(figures: Floats) -> Floats:
    """[k] standard errors, from what leaving each part out changes."""
    left_out = figures[:, 1:]
    distance = left_out - left_out.mean(axis=1, keepdims=True)
    error: Floats = np.sqrt((PARTS - 1) / PARTS * np.square(distance).sum(axis=1))
    return error


def _badness(look: _Look, p: float) -> tuple[bool, float]:
    certain = p < LEVEL and look.gap < 0
    return not certain, look.gap if certain else np.sign(look.gap) * (1 - look.p)


def _fact(measure: Measure, metric: Metric, evidence: Evidence, look: _Look, p: float) -> SliceFact:
    value = point(measure, evidence.take(look.partition.code == look.slice))
    reach = float(special.stdtrit(PARTS - 1, 0.975)) * look.error
    low = max(value - reach, metric.lowest)
    high = min(value + reach, metric.highest)
    return SliceFact(
        look.partition.column,
        look.partition.names[look.slice],
        look.n,
        Estimate(value, low, high, look.n),
        float(p),
        bool(p < LEVEL and look.gap < 0),
    )
