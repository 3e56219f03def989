"""Bias: the mean error, with its sign."""

from keel.metrics.evidence import Floats
from keel.metrics.metric import REGRESS, Metric
from keel.metrics.residuals import error
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.mean(error)


METRIC = Metric(
    name="bias",
    tasks=REGRESS,
    better="zero",
    values=_values,
    classes=False,
    lowest=float("-inf"),
    highest=float("inf"),
    definition="mean of predicted minus true value; above 0 the predictions are too high",
    source="Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001",
)
