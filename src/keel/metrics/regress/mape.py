"""Mean absolute percentage error."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import REGRESS, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def relative_error(evidence: Evidence) -> Floats:
    """[n] absolute error as a share of the true value; all NaN if one true value is 0."""
    if np.any(evidence.label == 0):
        return np.full(len(evidence), np.nan)
    return np.abs((evidence.output - evidence.label) / evidence.label)


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.mean(relative_error)


METRIC = Metric(
    name="mape",
    tasks=REGRESS,
    better="lower",
    values=_values,
    classes=False,
    highest=float("inf"),
    definition=(
        "mean distance of predicted and true value as a share of the true one; it does not exist "
        "where a true value is 0"
    ),
    source="Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001",
)
