"""Mean reciprocal rank: how soon the first right item comes."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import hits, mean_over_users, of_users
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _reciprocal_rank(evidence: Evidence) -> Floats:
    found = hits(evidence, evidence.output.shape[1])
    first = found.argmax(axis=1)
    return np.where(found.any(axis=1), 1.0 / (1.0 + first), 0.0)


def _values(sample: Sample, _: Measure) -> Floats:
    return mean_over_users(sample, _reciprocal_rank)


def _mean(evidence: Evidence, _: Measure) -> Floats:
    return of_users(evidence, _reciprocal_rank)


METRIC = Metric(
    name="mrr",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    mean=_mean,
    classes=False,
    definition=(
        "one over the place of the first right item in the list, 0 where none is, the mean over "
        "users"
    ),
    source="Voorhees 1999, The TREC-8 question answering track report, section 3",
)
