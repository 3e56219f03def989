"""Area under the ROC curve."""

import numpy as np

from keel.metrics.classes import over_classes, pulls_over_classes, rarer_size, ratio
from keel.metrics.evidence import Floats
from keel.metrics.metric import DECIDE, Metric
from keel.metrics.prepared import Prepared, Ranking
from keel.metrics.sample import Curve, Sample
from keel.spec.promise import Measure


def area(curve: Curve) -> Floats:
    """[r] chance that a positive case scores above a negative one, ties counting half."""
    below = curve.negatives - curve.false_positives + curve.negative / 2
    won = (curve.positive * below).sum(axis=0)
    return ratio(won, curve.positives * curve.negatives)


def _values(sample: Sample, measure: Measure) -> Floats:
    return over_classes(sample, measure, lambda target: area(sample.curve(target)))


def area_pulls(ranking: Ranking) -> tuple[float, Floats]:
    """The area, and how far each case pulls it: a positive by how many negatives lie below it, a
    negative by how many positives above, compared with the area.

    Source: DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595, structural components.
    """
    positive = ranking.positive
    bins = len(ranking.score)
    here = np.bincount(ranking.rank[positive], minlength=bins)
    there = np.bincount(ranking.rank[~positive], minlength=bins)
    positives, negatives = here.sum(), there.sum()
    if not (positives and negatives):
        return float("nan"), np.full(len(positive), np.nan)
    below = (negatives - np.cumsum(there) + there / 2) / negatives
    above = (np.cumsum(here) - here / 2) / positives
    value = float(here @ below / positives)
    won = np.where(positive, below[ranking.rank], above[ranking.rank])
    return value, (won - value) / np.where(positive, positives, negatives)


def _pulls(prepared: Prepared, measure: Measure) -> tuple[float, Floats]:
    return pulls_over_classes(prepared, measure, lambda t: area_pulls(prepared.ranking(t)))


METRIC = Metric(
    name="roc_auc",
    tasks=DECIDE,
    better="higher",
    values=_values,
    size=rarer_size,
    pulls=_pulls,
    definition="chance that a positive case scores above a negative one, ties counting half",
    source="Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747",
)
