"""Average precision: the area under the precision-recall steps."""

from keel.metrics.classes import over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Curve, Sample
from keel.spec.promise import Measure


def average(curve: Curve) -> Floats:
    """[r] sum over thresholds of the recall gained times the precision there."""
    flagged = curve.flagged
    # A bin that was not drawn gains no recall, so that its precision does not matter.
    gained = curve.positive * curve.true_positives / (flagged + (flagged == 0))
    return ratio(gained.sum(axis=0), curve.positives)


def _values(sample: Sample, measure: Measure) -> Floats:
    return over_classes(sample, measure, lambda target: average(sample.curve(target)))


METRIC = Metric(
    name="average_precision",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    definition="mean of the precision at each positive case, in steps, without interpolation",
    source="Su, Yuan and Zhu 2015, doi:10.1145/2808194.2809481; as scikit-learn computes it",
)
