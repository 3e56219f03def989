"""Area under the ROC curve."""

from keel.metrics.classes import over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Curve, Sample
from keel.spec.promise import Measure


def area(curve: Curve) -> Floats:
    """[r] chance that a positive case scores above a negative one, ties counting half."""
    below = curve.negatives - curve.false_positives + curve.negative / 2
    won = (curve.positive * below).sum(axis=0)
    return ratio(won, curve.positives * curve.negatives)


def _values(sample: Sample, measure: Measure) -> Floats:
    return over_classes(sample, measure, lambda target: area(sample.curve(target)))


METRIC = Metric(
    name="roc_auc",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    definition="chance that a positive case scores above a negative one, ties counting half",
    source="Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747",
)
