"""False positive rate: the share of the other classes that is flagged."""

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
        return ratio(counts.false_alarms, counts.total - counts.actual)

    return over_classes(sample, measure, of_class)


def _proportion(evidence: Evidence, measure: Measure) -> tuple[int, int] | None:
    target = target_class(evidence, measure)
    if target is None:
        return None
    others = evidence.label != target
    return int(np.count_nonzero(decided(evidence)[others] == target)), int(others.sum())


METRIC = Metric(
    name="false_positive_rate",
    tasks=DECIDE,
    better="lower",
    values=_values,
    proportion=_proportion,
    size=rarer_size,
    definition="share of the negative cases that are flagged, at the frozen threshold",
    source="ISO/IEC TS 4213:2022",
)
