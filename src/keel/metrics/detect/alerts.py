"""Alerts: how many cases are flagged, whether rightly or not."""

import numpy as np

from keel.metrics.daily import per_day, poisson_estimate
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails, clopper_pearson
from keel.metrics.metric import DETECT, Metric
from keel.metrics.prepared import decided
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _flagged(evidence: Evidence) -> Floats:
    return np.asarray((decided(evidence) == 1), dtype=np.float64)


def _values(sample: Sample, measure: Measure) -> Floats:
    return per_day(sample, _flagged) if measure.per_day else sample.mean(_flagged)


def _exact(evidence: Evidence, measure: Measure, tails: Tails) -> Estimate | None:
    flagged = _flagged(evidence)
    if measure.per_day:
        return poisson_estimate(flagged, evidence, tails)
    if evidence.cluster is not None:
        return None
    count, n = int(flagged.sum()), len(flagged)
    return Estimate(count / n, *clopper_pearson(count, n, tails), n)


METRIC = Metric(
    name="alerts",
    tasks=DETECT,
    better="lower",
    values=_values,
    exact=_exact,
    per_day=True,
    classes=False,
    labels="none",
    highest=float("inf"),
    definition=(
        "share of the cases that are flagged, at the frozen threshold; per day: how many are "
        "flagged on a day, whole days being resampled"
    ),
    source="Axelsson 2000, The base-rate fallacy and the difficulty of intrusion detection",
)
