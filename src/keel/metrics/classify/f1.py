"""F1: the harmonic mean of precision and recall."""

from keel.metrics.classes import over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    def of_class(target: int) -> Floats:
        counts = sample.counts(target)
        return ratio(2 * counts.hit, counts.actual + counts.predicted)

    return over_classes(sample, measure, of_class)


METRIC = Metric(
    name="f1",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    definition="harmonic mean of precision and recall, at the frozen threshold",
    source="van Rijsbergen 1979, Information Retrieval, chapter 7",
)
