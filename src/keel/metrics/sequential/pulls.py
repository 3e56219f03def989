"""How far each independent part of the cases moves a figure."""

from dataclasses import dataclass

import numpy as np

from keel.metrics.catalog import find
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.metric import Metric
from keel.metrics.prepared import Prepared
from keel.metrics.sample import Basis, Sample
from keel.metrics.spread import whole_figures
from keel.spec.promise import Measure

PARTS = 200
"""More clusters than this are left out in so many random groups."""

_BINS = 1024


@dataclass(frozen=True, eq=False)
class Pulls:
    """A figure, and [p] how far each part of the cases pulls it up, 0 for a part without cases.

    The figure's variance is the sum of their squares.
    """

    value: float
    each: Floats

    @property
    def error(self) -> float:
        """Standard error of the figure; NaN where there is none without one of the parts."""
        return float(np.sqrt(np.square(self.each).sum()))


def pulls(measure: Measure, evidence: Evidence, cluster: Integers, clusters: int) -> Pulls:
    """Of a figure of these cases, all of which count.

    cluster: [n] codes below `clusters` of what is independent. Parts of two evidences with codes
    of the same clusters are the same, so that the pulls of a difference are the differences of
    pulls.

    Source: where slopes are known the infinitesimal jackknife, else that which deletes groups:
    Shao and Tu 1995, The jackknife and bootstrap, 2.3.
    """
    prepared, metric = Prepared(evidence), find(measure, evidence.task)
    if metric.pulls is not None and prepared.weight is None:
        value, by_case = metric.pulls(prepared, measure)
        each = np.bincount(cluster, by_case, minlength=clusters).astype(np.float64, copy=False)
        return Pulls(value, each)
    parts = min(clusters, PARTS)
    part = (np.random.default_rng(0).permutation(clusters) % max(parts, 1))[cluster]
    return _left_out(metric, measure, prepared, part, parts)


def _left_out(
    metric: Metric, measure: Measure, prepared: Prepared, part: Integers, parts: int
) -> Pulls:
    value = whole_figures([measure], prepared)[0]
    held = np.unique(part)
    if len(held) < 2:
        return Pulls(value, np.full(parts, np.nan))
    sample = Sample(Basis(prepared, part, parts, _BINS), 1.0 - np.eye(parts)[:, held])
    left_out = metric.values(sample, measure)
    each = np.zeros(parts)
    each[held] = np.sqrt((len(held) - 1) / len(held)) * (left_out.mean() - left_out)
    return Pulls(value, each)
