"""How far each independent part of the cases moves a figure."""

from dataclasses import dataclass

import numpy as np

from keel.metrics.catalog import find
from keel.metrics.evidence import Evidence, Floats, Integers
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


def parts_of(cluster: Integers) -> tuple[Integers, int]:
    """[n] the part that each case belongs to, and how many parts there are.

    cluster: [n] codes from 0 of what is independent, of all arms and steps together.
    """
    clusters = int(cluster.max(initial=-1)) + 1
    parts = min(clusters, PARTS)
    return (np.random.default_rng(0).permutation(clusters) % max(parts, 1))[cluster], parts


def pulls(measure: Measure, evidence: Evidence, part: Integers, parts: int) -> Pulls:
    """Of a figure of these cases, all of which count. part: [n] codes below `parts`.

    Source: the delete-a-group jackknife, Shao and Tu 1995, The jackknife and bootstrap, 2.3.
    """
    prepared = Prepared(evidence)
    value = whole_figures([measure], prepared)[0]
    held = np.unique(part)
    if len(held) < 2:
        return Pulls(value, np.full(parts, np.nan))
    sample = Sample(Basis(prepared, part, parts, _BINS), 1.0 - np.eye(parts)[:, held])
    left_out = find(measure, evidence.task).values(sample, measure)
    each = np.zeros(parts)
    each[held] = np.sqrt((len(held) - 1) / len(held)) * (left_out.mean() - left_out)
    return Pulls(value, each)
