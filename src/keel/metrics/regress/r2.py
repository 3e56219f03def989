"""R squared: the share of variance that is explained."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.metric import REGRESS, Metric
from keel.metrics.residuals import squared_error
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def centred(evidence: Evidence) -> Floats:
    """[n] true values from their mean, so that squares of large values lose no digits."""
    return evidence.label - np.mean(evidence.label)


def centred_square(evidence: Evidence) -> Floats:
    """[n] the same, squared."""
    return np.square(evidence.label - np.mean(evidence.label))


def _values(sample: Sample, _: Measure) -> Floats:
    size = sample.size()
    around = sample.sum(centred_square) - sample.sum(centred) ** 2 / size
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(around > 0, 1 - sample.sum(squared_error) / around, np.nan)


METRIC = Metric(
    name="r2",
    tasks=REGRESS,
    better="higher",
    values=_values,
    classes=False,
    lowest=float("-inf"),
    definition=(
        "1 minus the squared error as a share of that of the mean; NaN if the label is constant"
    ),
    source="Kvalseth 1985, doi:10.1080/00031305.1985.10479448, equation 1",
)
