"""Hit rate: whether anything right is among the first k items shown."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import has_right, hits, length, mean_over_users
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _hit(evidence: Evidence, k: int) -> Floats:
    return np.asarray(hits(evidence, k).any(axis=1), dtype=np.float64)


def _values(sample: Sample, measure: Measure) -> Floats:
    return mean_over_users(sample, _hit, length(measure))


def _proportion(evidence: Evidence, measure: Measure) -> tuple[int, int] | None:
    return int(_hit(evidence, length(measure)).sum()), int(has_right(evidence).sum())


METRIC = Metric(
    name="hit_rate",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    proportion=_proportion,
    classes=False,
    definition="share of the users who are shown something right among the first k items",
    source="Deshpande and Karypis 2004, doi:10.1145/963770.963776, section 6.1.2",
)
