"""Median absolute error."""

import numpy as np

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails, quantile_interval
from keel.metrics.metric import REGRESS, Metric
from keel.metrics.residuals import absolute_error
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, _: Measure) -> Floats:
    return sample.median(absolute_error)


def _exact(evidence: Evidence, _: Measure, tails: Tails) -> Estimate | None:
    if evidence.cluster is not None:
        return None
    distance = np.sort(absolute_error(evidence))
    value = float(np.median(distance)) if len(distance) else float("nan")
    low, high = quantile_interval(distance, 0.5, tails)
    return Estimate(value, max(low, 0.0), high, len(distance))


def _median(evidence: Evidence) -> tuple[Floats, float]:
    return absolute_error(evidence), 0.5


METRIC = Metric(
    name="medae",
    tasks=REGRESS,
    better="lower",
    values=_values,
    exact=_exact,
    quantile=_median,
    classes=False,
    highest=float("inf"),
    definition="median distance of predicted and true value, in units of the label",
    source="Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001",
)
