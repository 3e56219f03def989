"""Root mean squared error."""

import numpy as np

from keel.metrics.evidence import Floats
from keel.metrics.metric import REGRESS, Metric
from keel.metrics.residuals import squared_error
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, _: Measure) -> Floats:
    return np.sqrt(sample.mean(squared_error))


METRIC = Metric(
    name="rmse",
    tasks=REGRESS,
    better="lower",
    values=_values,
    classes=False,
    highest=float("inf"),
    definition="square root of the mean squared error, in units of the label",
    source="Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001",
)
