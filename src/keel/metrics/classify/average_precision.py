"""Average precision: the area under the precision-recall steps."""

import numpy as np

from keel.metrics.classes import over_classes, pulls_over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.prepared import Prepared, Ranking
from keel.metrics.sample import Curve, Sample
from keel.spec.promise import Measure


def average(curve: Curve) -> Floats:
    """[r] sum over thresholds of the recall gained times the precision there."""
    flagged = curve.flagged
    # A bin that was not drawn gains no recall, so that its precision does not matter.
    gained = curve.positive * curve.true_positives / (flagged + (flagged == 0))
    return ratio(gained.sum(axis=0), curve.positives)


def _values(sample: Sample, measure: Measure) -> Floats:
    return over_classes(sample, measure, lambda target: average(sample.curve(target)))


def average_pulls(ranking: Ranking) -> tuple[float, Floats]:
    """The figure, and how far each case pulls it: a positive by its own precision, and any case by
    what it adds to or takes from the precision of every positive at its score or below.

    Source: the slopes of the figure in the weights of the cases (the infinitesimal jackknife,
    Efron 1982, The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6).
    """
    positive = ranking.positive
    bins = len(ranking.score)
    here = np.bincount(ranking.rank[positive], minlength=bins)
    flagged = np.cumsum(np.bincount(ranking.rank, minlength=bins))
    hits = np.cumsum(here)
    if not hits[-1]:
        return float("nan"), np.full(len(positive), np.nan)
    precision = hits / flagged
    value = float(here @ precision / hits[-1])
    # What one more case at a score changes in the sum over the positives at it and below.
    diluted = np.cumsum((here * precision / flagged)[::-1])[::-1]
    gained = np.cumsum((here / flagged)[::-1])[::-1]
    as_positive = precision - value + gained - diluted
    return value, np.where(positive, as_positive[ranking.rank], -diluted[ranking.rank]) / hits[-1]


def _pulls(prepared: Prepared, measure: Measure) -> tuple[float, Floats]:
    return pulls_over_classes(prepared, measure, lambda t: average_pulls(prepared.ranking(t)))


METRIC = Metric(
    name="average_precision",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    pulls=_pulls,
    definition="mean of the precision at each positive case, in steps, without interpolation",
    source="Su, Yuan and Zhu 2015, doi:10.1145/2808194.2809481; as scikit-learn computes it",
)
