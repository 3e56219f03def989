"""Coverage: how much of the catalogue is shown to anyone."""

import numpy as np
from scipy import special

from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence, Floats
from keel.metrics.interval import Tails
from keel.metrics.lists import lacks_shelf, length, shelf_of, shown
from keel.metrics.metric import RECOMMEND, Metric
from keel.metrics.sample import Sample
from keel.spec.promise import Measure


def _values(sample: Sample, measure: Measure) -> Floats:
    return sample.distinct(shown, length(measure)) / shelf_of(sample.evidence).items


def _exact(evidence: Evidence, measure: Measure, tails: Tails) -> Estimate | None:
    """By the jackknife: resamples hold fewer different users, hence fewer items, than the cases."""
    if evidence.cluster is not None:
        return None
    lists, n, items = shown(evidence, length(measure)), len(evidence), shelf_of(evidence).items
    count = np.bincount(lists[lists >= 0], minlength=items)
    value = float(np.count_nonzero(count)) / items
    # What leaving one user out takes away: the items that nobody else is shown.
    own = (np.append(count, 0)[lists] == 1).sum(axis=1)
    error = float(np.sqrt((n - 1) * np.var(own))) / items
    if n < 2:
        return Estimate(value, np.nan, np.nan, n)
    low, high = (value + float(special.stdtrit(n - 1, t)) * error for t in (tails[0], 1 - tails[1]))
    return Estimate(value, max(low, 0.0), min(high, 1.0), n)


METRIC = Metric(
    name="coverage",
    at="k",
    tasks=RECOMMEND,
    better="higher",
    values=_values,
    exact=_exact,
    no_sequence="it grows with the number of users",
    lacking=lacks_shelf,
    classes=False,
    labels="none",
    definition=(
        "share of the catalogue that is among the first k items of at least one of these users; "
        "it grows with the number of users"
    ),
    source=(
        "Ge, Delgado-Battenfeld and Jannach 2010, doi:10.1145/1864708.1864761; interval: Heltshe "
        "and Forrester 1983, doi:10.2307/2530802"
    ),
)
