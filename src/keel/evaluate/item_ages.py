"""Lists judged on items of one age alone: what is new is the hardest to recommend."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from keel.data.histories import NOTHING, packed
from keel.data.interactions import Interactions
from keel.metrics.bootstrap import estimate
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.spec.promise import Measure

YOUNG_DAYS = 30
FEWEST_USERS = 20
COLD = "without an event before"


def judge_item_ages(
    measure: Measure, evidence: Evidence, known: Interactions, *, seed: int
) -> dict[str, Estimate]:
    """The measure with only the items of one age counting as right, by what they are; where at
    least 20 users had one. known: the events before."""
    found = {}
    for name, items in _ages(known).items():
        kept = np.append(items, False)[evidence.label.astype(np.int64)]
        label = packed(np.where(kept, evidence.label, NOTHING))
        wanted = (label >= 0).any(axis=1)
        if wanted.sum() >= FEWEST_USERS:
            part = replace(evidence, label=label).take(np.flatnonzero(wanted))
            found[name] = estimate(measure, part, seed=seed, replicates=400)
    return found


def _ages(known: Interactions) -> dict[str, NDArray[np.bool_]]:
    """Items by how long ago their first event was, or by how many they have."""
    count = known.item_counts()
    ages = {COLD: count == 0}
    if known.time is None or not len(known):
        few = (count > 0) & (count < 10)
        return {**ages, "with fewer than 10 events": few, "with 10 events or more": count >= 10}
    first = np.full(known.items, np.datetime64("9999-01-01", "us"))
    np.minimum.at(first, known.item, known.time)
    young = first > known.time.max() - np.timedelta64(YOUNG_DAYS, "D")
    return {
        **ages,
        f"first used in the last {YOUNG_DAYS} days": (count > 0) & young,
        "first used before": (count > 0) & ~young,
    }
