"""From declared rules to thresholds."""

import numpy as np
import pytest

from keel.errors import DeclarationError
from keel.spec.decision import Decision, parse_rule, read_decision
from keel.train.threshold import choose_thresholds

SCORES = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
LABELS = np.array([0, 0, 0, 1, 0, 0, 1, 1, 0, 1])


def flagged(rule: str, days: float | None = None) -> list[float]:
    [threshold] = choose_thresholds(Decision((parse_rule(rule),)), SCORES, LABELS, days)
    return [float(s) for s in SCORES if s >= threshold.value]


def test_a_precision_target_takes_the_lowest_threshold_that_reaches_it():
    assert flagged("precision >= 0.75") == [0.7, 0.8, 0.9, 0.95]
    assert flagged("precision >= 0.9") == [0.95]


def test_a_precision_out_of_reach_says_so_and_takes_the_highest():
    labels = np.array([1, 0, 1, 0])
    scores = np.array([0.1, 0.9, 0.8, 0.7])
    [threshold] = choose_thresholds(
        Decision((parse_rule("precision >= 0.99"),)), scores, labels, None
    )
    assert "out of reach" in threshold.words


def test_a_recall_target_takes_the_highest_threshold_that_reaches_it():
    assert flagged("recall >= 0.75") == [0.7, 0.8, 0.9, 0.95]
    assert flagged("recall >= 1") == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]


def test_costs_are_weighed():
    assert flagged("cost(false_positive=1, false_negative=100)") == [
        0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95,
    ]  # fmt: skip
    assert flagged("cost(false_positive=1, false_negative=1)") == [0.7, 0.8, 0.9, 0.95]


def test_nothing_is_flagged_when_flagging_never_pays():
    labels = np.zeros(10, dtype=np.int64)
    labels[0] = 1
    [threshold] = choose_thresholds(
        Decision((parse_rule("cost(false_positive=5, false_negative=1)"),)), SCORES, labels, None
    )
    assert threshold.value > 1
    assert "nothing is flagged" in threshold.words


def test_a_budget_of_alerts_is_kept_per_day_or_as_a_share():
    assert flagged("alerts <= 1 per day", days=2) == [0.9, 0.95]
    assert flagged("alerts <= 30%") == [0.8, 0.9, 0.95]


def test_a_budget_of_false_alarms_counts_what_is_flagged_wrongly():
    assert flagged("false_alarms <= 1 per day", days=1) == [0.7, 0.8, 0.9, 0.95]
    assert flagged("false_alarms <= 50%") == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    assert flagged("false_alarms <= 0%") == [0.95]


def test_a_budget_per_day_needs_a_time_column():
    with pytest.raises(DeclarationError, match="needs a time column"):
        flagged("alerts <= 1 per day")


def test_equal_scores_are_never_torn_apart():
    scores = np.array([0.5, 0.5, 0.5, 0.9])
    labels = np.array([1, 0, 0, 1])
    [threshold] = choose_thresholds(Decision((parse_rule("recall >= 0.6"),)), scores, labels, None)
    assert threshold.value <= 0.5


def test_actions_must_rise_with_suspicion():
    decision = read_decision({"ok": "otherwise", "a": "precision >= 0.9", "b": "recall >= 1"})
    assert isinstance(decision, Decision)
    with pytest.raises(DeclarationError, match="must rise"):
        choose_thresholds(decision, SCORES, LABELS, None)
