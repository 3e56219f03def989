"""Accuracy: the share of right decisions."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import CLASSIFY, Metric
from keel.metrics.prepared import decided
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def right(evidence: Evidence) -> Floats:
    """[n] 1 where the decision is the label."""
    right_or_not: Floats = (decided(evidence) == evidence.label).astype(np.float64)
    return right_or_not


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.mean(right)


def _proportion(evidence: Evidence, _: Measure) -> tuple[int, int]:
    return int(right(evidence).sum()), len(evidence)


METRIC = Metric(
    name="accuracy",
    tasks=CLASSIFY,
    better="higher",
    values=_values,
    proportion=_proportion,
    classes=False,
    definition="share of cases whose decision is right, at the frozen threshold",
    source="ISO/IEC TS 4213:2022",
)
