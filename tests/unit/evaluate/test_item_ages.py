import numpy as np
import pytest

from keel.data.interactions import Interactions
from keel.evaluate.item_ages import COLD, judge_item_ages
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure

HITS = Measure("hit_rate", "k", 2)
DAY = np.timedelta64(1, "D")


def known(*, timed: bool) -> Interactions:
    """Item 0 is old, item 1 is young, item 2 has no event."""
    begin = np.datetime64("2026-01-01", "us")
    time = np.array([begin, begin + 90 * DAY, begin + 100 * DAY]) if timed else None
    return Interactions(np.array([0, 0, 1]), np.array([0, 1, 1]), 2, 3, time)


def evidence() -> Evidence:
    """Everybody is shown the old item, then the cold one. Half wanted the old, half the others."""
    shown = np.tile([0, 2], (60, 1))
    label = np.where(np.arange(60)[:, None] < 30, [[0, -1]], [[1, 2]])
    return Evidence(TaskName.RECOMMEND, shown, label, "test")


def test_items_of_each_age_are_judged_by_those_who_wanted_one() -> None:
    found = judge_item_ages(HITS, evidence(), known(timed=True), seed=0)
    assert {name: (e.value, e.n) for name, e in found.items()} == {
        COLD: (pytest.approx(1.0), 30),
        "first used in the last 30 days": (pytest.approx(0.0), 30),
        "first used before": (pytest.approx(1.0), 30),
    }


def test_without_times_items_are_told_apart_by_their_events() -> None:
    found = judge_item_ages(HITS, evidence(), known(timed=False), seed=0)
    assert set(found) == {COLD, "with fewer than 10 events"}
