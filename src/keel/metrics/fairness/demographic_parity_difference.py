"""Demographic parity, as a difference of selection rates."""

from keel.metrics.disparity import largest_gap, selection_rate
from keel.metrics.evidence import Floats
from keel.metrics.metric import CLASSIFY, Disparity, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    return largest_gap(sample, measure, selection_rate)


METRIC = Metric(
    name="demographic_parity_difference",
    tasks=CLASSIFY,
    better="lower",
    values=_values,
    by="needed",
    disparity=Disparity(("selection_rate",), "difference"),
    labels="none",
    definition=(
        "largest difference between groups of at least 20 cases in the share that is flagged"
    ),
    source="Agarwal et al. 2018, A Reductions Approach to Fair Classification, ICML",
)
