"""Mean absolute error."""

from keel.metrics.evidence import Floats
from keel.metrics.metric import REGRESS, Metric
from keel.metrics.residuals import absolute_error
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.mean(absolute_error)


METRIC = Metric(
    name="mae",
    tasks=REGRESS,
    better="lower",
    values=_values,
    classes=False,
    highest=float("inf"),
    definition="mean distance of predicted and true value, in units of the label",
    source="Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001",
)
