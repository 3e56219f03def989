"""Recall among the first k items shown."""

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import hits, length, mean_over_users, of_users, right
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _recall(evidence: Evidence, k: int) -> Floats:
    found: Floats = hits(evidence, k).sum(axis=1) / right(evidence).clip(1)
    return found


def _values(sample: Sample, measure: Measure) -> Floats:
    return mean_over_users(sample, _recall, length(measure))


def _mean(evidence: Evidence, measure: Measure) -> Floats:
    return of_users(evidence, _recall, length(measure))


METRIC = Metric(
    name="recall",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    mean=_mean,
    classes=False,
    definition=(
        "share of the items that were right for a user that are among the first k of the list, "
        "the mean over users"
    ),
    source="Herlocker et al. 2004, doi:10.1145/963770.963772, section 4.1.2",
)
