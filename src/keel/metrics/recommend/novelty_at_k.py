"""Novelty: how unlikely it is that a user knows what is shown."""

import numpy as np

from keel.metrics.classes import ratio
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import lacks_shelf, length, shelf_of, shown
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _surprise(evidence: Evidence, k: int) -> Floats:
    shelf, lists = shelf_of(evidence), shown(evidence, k)
    bits = np.append(np.log2((shelf.users + 1) / (shelf.count + 1)), 0.0)
    return np.asarray(bits[lists].sum(axis=1) / (lists >= 0).sum(axis=1).clip(1))


def _answered(evidence: Evidence) -> Floats:
    return np.asarray((shown(evidence, 1) >= 0).any(axis=1), dtype=np.float64)


def _values(sample: Sample, measure: Measure) -> Floats:
    return ratio(sample.sum(_surprise, length(measure)), sample.sum(_answered))


METRIC = Metric(
    name="novelty",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    lacking=lacks_shelf,
    classes=False,
    labels="none",
    highest=float("inf"),
    definition=(
        "bits of surprise in the first k items: -log2 of the share of users who used each while "
        "the model learned (with one more user who used all), the mean over a list, then over users"
    ),
    source="Zhou et al. 2010, doi:10.1073/pnas.1000488107, equation for self-information",
)
