"""Precision: the share of flagged cases that deserved it."""

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
        precision = ratio(counts.hit, counts.predicted)
        if target_class(sample.evidence, measure) is not None:
            return precision
        # In a macro mean a class that occurs and is never flagged counts as 0, not as absent.
        occurs = np.where(counts.actual > 0, 0.0, np.nan)
        return np.where(counts.predicted > 0, precision, 0.0) + occurs

    return over_classes(sample, measure, of_class)


def _proportion(evidence: Evidence, measure: Measure) -> tuple[int, int] | None:
    target = target_class(evidence, measure)
    if target is None:
        return None
    flagged = decided(evidence) == target
    return int(np.count_nonzero(evidence.label[flagged] == target)), int(flagged.sum())


METRIC = Metric(
    name="precision",
    tasks=DECIDE,
    better="higher",
    values=_values,
    proportion=_proportion,
    size=rarer_size,
    labels="flagged",
    definition="share of the flagged cases that are positive, at the frozen threshold",
    source="ISO/IEC TS 4213:2022",
)
