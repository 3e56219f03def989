"""Miscalibration: how far the labels of what is shown are from those of what a user did."""

import numpy as np
from scipy import special

from keel.metrics.classes import ratio
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import (
    history_of,
    label_shares,
    labels_of,
    lacks_history,
    lacks_labels,
    length,
    shown,
)
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure

MIXED = 0.01
"""The part of the history that is mixed into the list, so that a label it lacks costs no
infinity."""


def _divergence(evidence: Evidence, k: int) -> Floats:
    liked, listed = _shares(evidence, k)
    mixed = (1 - MIXED) * listed + MIXED * liked
    parts = special.xlogy(liked, liked / np.where(liked > 0, mixed, 1.0))
    return np.asarray(parts.sum(axis=1) * _both(evidence, k))


def _both(evidence: Evidence, k: int) -> Floats:
    liked, listed = _shares(evidence, k)
    return np.asarray(liked.any(axis=1) & listed.any(axis=1), dtype=np.float64)


def _shares(evidence: Evidence, k: int) -> tuple[Floats, Floats]:
    labels = labels_of(evidence)
    return label_shares(history_of(evidence), labels), label_shares(shown(evidence, k), labels)


def _values(sample: Sample, measure: Measure) -> Floats:
    k = length(measure)
    return ratio(sample.sum(_divergence, k), sample.sum(_both, k))


def _lacking(evidence: Evidence) -> str | None:
    return lacks_labels(evidence) or lacks_history(evidence)


METRIC = Metric(
    name="miscalibration",
    at="k",
    tasks=RECOMMEND,
    better="lower",
    values=_values,
    lacking=_lacking,
    classes=False,
    labels="none",
    highest=float("inf"),
    definition=(
        "Kullback-Leibler divergence of the labels (genres) of the first k items from those of the "
        "user's history, the mean over users: 0 where a list has all of a user's genres in their "
        "proportions"
    ),
    source="Steck 2018, doi:10.1145/3240323.3240372, equation 6, with alpha 0.01",
)
