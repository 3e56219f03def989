"""Recall: the share of a class that is found."""

import numpy as np

from keel.metrics.classes import over_classes, rarer_size, ratio, target_class
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.prepared import decided
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    def of_class(target: int) -> Floats:
        counts = sample.counts(target)
        return ratio(counts.hit, counts.actual)

    return over_classes(sample, measure, of_class)


def _proportion(evidence: Evidence, measure: Measure) -> tuple[int, int] | None:
    target = target_class(evidence, measure)
    if target is None:
        return None
    of_class = evidence.label == target
    return int(np.count_nonzero(decided(evidence)[of_class] == target)), int(of_class.sum())


METRIC = Metric(
    name="recall",
    tasks=DECIDE,
    better="higher",
    values=_values,
    proportion=_proportion,
    size=rarer_size,
    definition="share of the positive cases that are flagged, at the frozen threshold",
    source="ISO/IEC TS 4213:2022",
)
