"""Mean reciprocal rank among the first k items shown."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import hits, length, mean_over_users, of_users
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _reciprocal_rank(evidence: Evidence, k: int) -> Floats:
    found = hits(evidence, k)
    first = found.argmax(axis=1)
    return np.where(found.any(axis=1), 1.0 / (1.0 + first), 0.0)


def _values(sample: Sample, measure: Measure) -> Floats:
    return mean_over_users(sample, _reciprocal_rank, length(measure))


def _mean(evidence: Evidence, measure: Measure) -> Floats:
    return of_users(evidence, _reciprocal_rank, length(measure))


METRIC = Metric(
    name="mrr",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    mean=_mean,
    classes=False,
    definition=(
        "one over the place of the first right item among the first k, 0 where none is, the mean "
        "over users"
    ),
    source="Voorhees 1999, The TREC-8 question answering track report, section 3",
)
