"""Selection rate: the share of cases that is flagged."""

import numpy as np

from keel.metrics.classes import over_classes, ratio, target_class
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.prepared import decided
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    def of_class(target: int) -> Floats:
        counts = sample.counts(target)
        return ratio(counts.predicted, counts.total)

    return over_classes(sample, measure, of_class)


def _proportion(evidence: Evidence, measure: Measure) -> tuple[int, int] | None:
    target = target_class(evidence, measure)
    if target is None:
        return None
    return int(np.count_nonzero(decided(evidence) == target)), len(evidence)


METRIC = Metric(
    name="selection_rate",
    tasks=DECIDE,
    better="zero",
    values=_values,
    proportion=_proportion,
    labels="none",
    definition="share of the cases that are flagged, at the frozen threshold",
    source="Agarwal et al. 2018, A Reductions Approach to Fair Classification, ICML",
)
