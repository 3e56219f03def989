"""Mean average precision of the first k items shown."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import hits, length, mean_over_users, of_users, right
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _average_precision(evidence: Evidence, k: int) -> Floats:
    found = hits(evidence, k)
    precision = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
    possible = np.minimum(right(evidence), k).clip(1)
    return np.asarray((precision * found).sum(axis=1) / possible)


def _values(sample: Sample, measure: Measure) -> Floats:
    return mean_over_users(sample, _average_precision, length(measure))


def _mean(evidence: Evidence, measure: Measure) -> Floats:
    return of_users(evidence, _average_precision, length(measure))


METRIC = Metric(
    name="map",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    mean=_mean,
    classes=False,
    definition=(
        "precision at the place of each right item among the first k, added up and divided by how "
        "many could be there (k, or fewer if fewer were right), the mean over users"
    ),
    source="Manning, Raghavan and Schuetze 2008, Introduction to Information Retrieval, 8.4",
)
