"""Normalised discounted cumulative gain of the first k items shown."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import gain, hits, length, mean_over_users, of_users, right
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _ndcg(evidence: Evidence, k: int) -> Floats:
    found = hits(evidence, k)
    best = np.concatenate([[np.inf], np.cumsum(gain(k))])
    ideal = best[np.minimum(right(evidence), k)]
    return np.asarray(found @ gain(found.shape[1]) / ideal)


def _values(sample: Sample, measure: Measure) -> Floats:
    return mean_over_users(sample, _ndcg, length(measure))


def _mean(evidence: Evidence, measure: Measure) -> Floats:
    return of_users(evidence, _ndcg, length(measure))


METRIC = Metric(
    name="ndcg",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    mean=_mean,
    classes=False,
    definition=(
        "sum of 1 / log2(1 + place) over the right items among the first k, over what it would be "
        "with as many of them first as there are, the mean over users"
    ),
    source="Jarvelin and Kekalainen 2002, doi:10.1145/582415.582418, with binary gains",
)
