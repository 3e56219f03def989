"""The latency that 50 of 100 answers keep."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import EVERY, Metric
from keel.metrics.quantile import quantile
from keel.metrics.sample import Sample
from keel.spec.promise import Measure

SHARE = 0.50


def _values(sample: Sample, _: Measure) -> Floats:
    return np.full_like(sample.size(), quantile(*_latency(sample.evidence)))


def _latency(evidence: Evidence) -> tuple[Floats, float]:
    return np.empty(0) if evidence.latency_ms is None else evidence.latency_ms, SHARE


METRIC = Metric(
    name="latency_p50",
    tasks=EVERY,
    better="lower",
    values=_values,
    quantile=_latency,
    classes=False,
    paired=False,
    by="never",
    labels="none",
    highest=float("inf"),
    unit="ms",
    definition="the time in milliseconds within which 50 of 100 answers come",
    source="Hyndman and Fan 1996, doi:10.1080/00031305.1996.10473566, definition 1",
)
