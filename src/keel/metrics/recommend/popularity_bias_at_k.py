"""Popularity bias: how much more popular what is shown is than what the users like."""

import numpy as np

from keel.metrics.classes import ratio
from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.lists import history_of, lacks_history, length, shelf_of, shown
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _shown(evidence: Evidence, k: int) -> Floats:
    return _popularity(evidence, shown(evidence, k))


def _used(evidence: Evidence) -> Floats:
    return _popularity(evidence, history_of(evidence))


def _popularity(evidence: Evidence, codes: Integers) -> Floats:
    """[n] the mean share of users that used the items of each row. 0 for users without a history,
    who say nothing of what they like."""
    shelf = shelf_of(evidence)
    share = np.append(shelf.count / max(1, shelf.users), 0.0)
    mean = share[codes].sum(axis=1) / (codes >= 0).sum(axis=1).clip(1)
    known = (history_of(evidence) >= 0).any(axis=1)
    return np.where(known, mean, 0.0)


def _values(sample: Sample, measure: Measure) -> Floats:
    return ratio(sample.sum(_shown, length(measure)), sample.sum(_used)) - 1.0


METRIC = Metric(
    name="popularity_bias",
    at="k",
    tasks=RECOMMEND,
    better="zero",
    values=_values,
    lacking=lacks_history,
    classes=False,
    labels="none",
    lowest=-1.0,
    highest=float("inf"),
    definition=(
        "mean popularity (share of users) of the first k items over that of the items in the "
        "users' histories, less 1: 0 where both are alike, above where popular items are pushed"
    ),
    source=(
        "Abdollahpouri, Mansoury, Burke and Mobasher 2019, The unfairness of popularity bias in "
        "recommendation, equations 1 and 2"
    ),
)
