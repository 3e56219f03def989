"""Balanced accuracy: the mean of the recall of each class."""

import numpy as np

from keel.metrics.classes import over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    if sample.classes > 2:
        return over_classes(sample, measure, lambda target: _recall(sample, target))
    mean: Floats = np.mean([_recall(sample, target) for target in range(sample.classes)], axis=0)
    return mean


def _recall(sample: Sample, target: int) -> Floats:
    counts = sample.counts(target)
    return ratio(counts.hit, counts.actual)


METRIC = Metric(
    name="balanced_accuracy",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    classes=False,
    definition="mean over classes of the share that is decided right, at the frozen threshold",
    source="Brodersen et al. 2010, ICPR, doi:10.1109/ICPR.2010.764",
)
