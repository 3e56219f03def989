"""False alarms: how many normal cases are flagged."""

import numpy as np

from keel.metrics.classes import ratio
from keel.metrics.daily import per_day, poisson_estimate
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails, clopper_pearson
from keel.metrics.metric import DETECT, Metric
from keel.metrics.prepared import decided
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _false(evidence: Evidence) -> Floats:
    return np.asarray(((decided(evidence) == 1) & (evidence.label == 0)), dtype=np.float64)


def _normal(evidence: Evidence) -> Floats:
    return np.asarray(evidence.label == 0, dtype=np.float64)


def _values(sample: Sample, measure: Measure) -> Floats:
    if measure.per_day:
        return per_day(sample, _false)
    return ratio(sample.sum(_false), sample.sum(_normal))


def _exact(evidence: Evidence, measure: Measure, tails: Tails) -> Estimate | None:
    false = _false(evidence)
    if measure.per_day:
        return poisson_estimate(false, evidence, tails)
    if evidence.cluster is not None:
        return None
    count, n = int(false.sum()), int(_normal(evidence).sum())
    value = count / n if n else float("nan")
    return Estimate(value, *clopper_pearson(count, n, tails), n)


METRIC = Metric(
    name="false_alarms",
    tasks=DETECT,
    better="lower",
    values=_values,
    exact=_exact,
    per_day=True,
    classes=False,
    labels="flagged",
    highest=float("inf"),
    definition=(
        "share of the normal cases that are flagged, at the frozen threshold; per day: how many "
        "are flagged on a day, whole days being resampled"
    ),
    source="Axelsson 2000, The base-rate fallacy and the difficulty of intrusion detection",
)
