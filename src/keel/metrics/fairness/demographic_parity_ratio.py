"""Demographic parity, as a ratio of selection rates: the four-fifths rule."""

from keel.metrics.classes import ratio
from keel.metrics.disparity import extremes, selection_rate
from keel.metrics.evidence import Floats
from keel.metrics.metric import CLASSIFY, Disparity, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    lowest: Floats = ratio(*extremes(sample, measure, selection_rate)).min(axis=0)
    return lowest


METRIC = Metric(
    name="demographic_parity_ratio",
    tasks=CLASSIFY,
    better="higher",
    values=_values,
    by="needed",
    disparity=Disparity(("selection_rate",), "ratio"),
    labels="none",
    definition=(
        "lowest share flagged of any group of at least 20 cases divided by the highest; NaN where "
        "nobody is flagged"
    ),
    source="US EEOC Uniform Guidelines on Employee Selection Procedures 1978, section 4D",
)
