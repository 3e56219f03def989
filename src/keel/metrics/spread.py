"""How figures vary over resamples of their cases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keel.metrics.catalog import find
from keel.metrics.evidence import Floats
from keel.metrics.prepared import Prepared
from keel.metrics.resample import left_out_weights, resample_weights, resampling_units
from keel.metrics.sample import Basis, Sample
from keel.metrics.top import day_of
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure

BINS = 12_288
"""Curves of resamples have at most about this many bins; figures themselves are exact."""


@dataclass(frozen=True, eq=False)
class Spread:
    """One figure: of all cases as resamples see them (with bins), of resamples, and with parts of
    the cases left out in turn. units: how many things were drawn from. noise: see `Metric`."""

    whole: float
    replicates: Floats
    left_out: Floats
    units: int
    noise: Floats | None = None


def whole_figures(measures: Sequence[Measure], prepared: Prepared) -> list[float]:
    """The figures of all cases, from all distinct scores."""
    nothing = np.zeros(len(prepared.evidence), dtype=np.int64)
    return [
        float(f[0]) for f in _figures(measures, Basis(prepared, nothing, 1, None), np.ones((1, 1)))
    ]


def spread_figures(
    measures: Sequence[Measure],
    prepared: Prepared,
    *,
    per_day: bool,
    seed: int,
    replicates: int,
) -> list[Spread]:
    """How the figures vary when cases, clusters or (`per_day`) days are drawn anew."""
    evidence = prepared.evidence
    cluster = day_of(evidence) if per_day else evidence.cluster
    scored = evidence.output.ndim == 2 and evidence.task is not TaskName.RECOMMEND
    classes = evidence.output.shape[1] if scored else 1
    curves = 1 if classes <= 2 else classes
    unit, units = resampling_units(cluster, len(evidence), curves, seed)
    basis = Basis(prepared, unit, units, max(BINS // curves, 1024))
    everything = Sample(basis, np.ones((units, 1)))
    draws: list[list[Floats]] = []
    noise: list[list[Floats]] = [[] for _ in measures]
    for weight in resample_weights(units, replicates, seed):
        sample = Sample(basis, weight)
        draws.append(_of_sample(measures, sample))
        for i, measure in enumerate(measures):
            norm = find(measure, evidence.task).noise
            if norm is not None:
                noise[i].append(norm(sample, everything, measure))
    parts = [_figures(measures, basis, w) for w in left_out_weights(units, seed)]
    whole = _of_sample(measures, everything)
    return [
        Spread(
            float(whole[i][0]),
            np.concatenate([drawn[i] for drawn in draws]),
            np.concatenate([part[i] for part in parts]),
            units,
            np.concatenate(noise[i]) if noise[i] else None,
        )
        for i in range(len(measures))
    ]


def _figures(measures: Sequence[Measure], basis: Basis, weight: Floats) -> list[Floats]:
    return _of_sample(measures, Sample(basis, weight))


def _of_sample(measures: Sequence[Measure], sample: Sample) -> list[Floats]:
    return [find(measure, sample.evidence.task).values(sample, measure) for measure in measures]
