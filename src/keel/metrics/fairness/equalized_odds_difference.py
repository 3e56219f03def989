"""Equalized odds: both error rates are alike in all groups."""

from keel.metrics.disparity import false_positive_rate, largest_gap, true_positive_rate
from keel.metrics.evidence import Floats
from keel.metrics.metric import CLASSIFY, Disparity, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    return largest_gap(sample, measure, true_positive_rate, false_positive_rate)


METRIC = Metric(
    name="equalized_odds_difference",
    tasks=CLASSIFY,
    better="lower",
    values=_values,
    by="needed",
    disparity=Disparity(("recall", "false_positive_rate"), "difference"),
    labels="every",
    definition=(
        "largest difference between groups of at least 20 cases in the share of positives or of "
        "negatives that is flagged"
    ),
    source="Hardt, Price and Srebro 2016, Equality of Opportunity in Supervised Learning, NIPS",
)
