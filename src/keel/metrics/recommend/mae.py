"""Mean absolute error of ratings."""

import numpy as np

from keel.metrics.classes import ratio
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import lacks_ratings
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.metrics.shelf_ratings import rating_errors, ratings
from keel.spec.promise import Measure


def _errors(evidence: Evidence) -> Floats:
    return np.asarray(np.abs(rating_errors(evidence)).sum(axis=1))


def _values(sample: Sample, _: Measure) -> Floats:
    return ratio(sample.sum(_errors), sample.sum(ratings))


METRIC = Metric(
    name="mae",
    tasks=RECOMMEND,
    better="lower",
    values=_values,
    lacking=lacks_ratings,
    classes=False,
    highest=float("inf"),
    definition=(
        "mean distance of the ratings foretold and given, users being resampled with all of theirs"
    ),
    source="Herlocker et al. 2004, doi:10.1145/963770.963772, section 4.1.1",
)
