"""Matthews correlation of decisions and labels."""

import numpy as np

from keel.metrics.classes import rarer_size
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, _: Measure) -> Floats:
    counts = [sample.counts(target) for target in range(sample.classes)]
    hit = np.stack([c.hit for c in counts])
    actual = np.stack([c.actual for c in counts])
    predicted = np.stack([c.predicted for c in counts])
    total = sample.size()
    covariance = hit.sum(axis=0) * total - (actual * predicted).sum(axis=0)
    spread = (total**2 - (actual**2).sum(axis=0)) * (total**2 - (predicted**2).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, covariance / np.sqrt(spread), 0.0)


METRIC = Metric(
    name="mcc",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    classes=False,
    lowest=-1.0,
    definition="Matthews correlation of decisions and labels; 0 where either is constant",
    source="Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006, equation 8",
)
