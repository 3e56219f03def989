"""Of what a column names, the k most suspicious of each day: whom an investigator would call."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats, Integers
from keel.metrics.prepared import score_of
from keel.metrics.top import day_of


def alerted_units(evidence: Evidence, target: int, k: float, column: str) -> Floats:
    """[n] parts of each day's precision among its k most suspicious units: they add up to it.

    The score of a unit (a card) is its highest of that day, and it is rightly suspected if any of
    its cases of that day is of the class. Units found so are not asked about on later days. Of
    equal scores the earlier case comes first; a case without a unit is one of its own.
    Source: Le Borgne et al. 2022, Fraud Detection Handbook, chapter 4.5, card precision top-k.
    """
    day, unit = day_of(evidence), _codes(evidence, column)
    score, is_positive = score_of(evidence, target), evidence.label == target
    parts = np.zeros(len(evidence))
    is_found = np.zeros(int(unit.max(initial=-1)) + 1, dtype=bool)
    order = np.argsort(-score, kind="stable")
    order = order[np.argsort(day[order], kind="stable")]
    for today in np.split(order, np.flatnonzero(np.diff(day[order])) + 1):
        rows = today[~is_found[unit[today]]]
        first = np.sort(np.unique(unit[rows], return_index=True)[1])
        asked = rows[first[: int(k)]]
        hit = asked[np.isin(unit[asked], unit[rows[is_positive[rows]]])]
        parts[hit] = 1 / max(1, len(asked))
        is_found[unit[hit]] = True
    return parts


def _codes(evidence: Evidence, column: str) -> Integers:
    names = evidence.units[column]
    codes: Integers = np.unique(names, return_inverse=True)[1].astype(np.int64)
    alone = np.flatnonzero(names == "")
    codes[alone] = len(names) + np.arange(len(alone))
    return codes
