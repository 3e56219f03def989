"""How sure it is that one of two versions is better on the same cases."""

import numpy as np

from keel.metrics.catalog import find
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.prepared import Prepared
from keel.metrics.sample import Basis, Sample
from keel.spec.promise import Measure

PARTS = 50
"""Random parts of the cases, each left out in turn."""

_BINS = 1024


def left_out_figures(measure: Measure, evidence: Evidence, *, seed: int) -> Floats:
    """[1 + PARTS] the figure of all cases, then with each part left out. The parts are the same
    for evidence of as many cases and the same seed. Source: Shao and Tu 1995, The jackknife and
    bootstrap, 2.3."""
    part = np.random.default_rng(seed).permutation(len(evidence)) % PARTS
    basis = Basis(Prepared(evidence), part, PARTS, _BINS)
    weight = np.ones((PARTS, 1 + PARTS))
    weight[:, 1:] -= np.eye(PARTS)
    return find(measure, evidence.task).values(Sample(basis, weight), measure)


def difference_error(a: Floats, b: Floats) -> float:
    """Standard error of the difference of two figures, from `left_out_figures` of the same cases.

    a, b: [k, 1 + PARTS], of k sets of cases that share none; of the mean difference over them.
    """
    gap = a[:, 1:].astype(np.float64) - b[:, 1:]
    strays = gap - gap.mean(axis=1, keepdims=True)
    variance = (PARTS - 1) / PARTS * np.square(strays).sum(axis=1)
    return float(np.sqrt(variance.sum()) / len(gap))
