"""The latency that 95 of 100 answers keep."""

import numpy as np

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails
from keel.metrics.metric import EVERY, Metric
from keel.metrics.quantile import quantile, quantile_estimate
from keel.metrics.sample import Sample
from keel.spec.promise import Measure

SHARE = 0.95


def _values(sample: Sample, _: Measure) -> Floats:
    return np.full_like(sample.size(), quantile(_latency(sample.evidence), SHARE))


def _exact(evidence: Evidence, _: Measure, tails: Tails) -> Estimate:
    return quantile_estimate(_latency(evidence), SHARE, tails)


def _latency(evidence: Evidence) -> Floats:
    return np.empty(0) if evidence.latency_ms is None else evidence.latency_ms


METRIC = Metric(
    name="latency_p95",
    tasks=EVERY,
    better="lower",
    values=_values,
    exact=_exact,
    classes=False,
    paired=False,
    by="never",
    labels="none",
    highest=float("inf"),
    unit="ms",
    definition="the time in milliseconds within which 95 of 100 answers come",
    source="Hyndman and Fan 1996, doi:10.1080/00031305.1996.10473566, definition 1",
)
