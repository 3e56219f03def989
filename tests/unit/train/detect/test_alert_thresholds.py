"""From declared rules to anomaly scores, with labels and without."""

import numpy as np
import pytest

from keel.errors import DeclarationError
from keel.spec.decision import Decision, Rule, parse_rule, read_decision
from keel.tasks.task import Label
from keel.train.detect.thresholds import choose_alert_thresholds, default_decision
from keel.train.detect.traffic import Traffic

SCORES = np.array([-3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 10.0, 20.0, 30.0, 40.0])


def label(values, known=True):
    codes = np.array(values, dtype=np.int64)
    return Label(codes, np.full(len(codes), known), ("normal", "anomaly"))


NOTHING = label([0] * 10, known=False)


def chosen(rule, judged=NOTHING, scores=SCORES, traffic=None):
    decision = Decision((parse_rule(rule),))
    [one] = choose_alert_thresholds(decision, scores, judged, traffic or Traffic(None))
    return one


def flagged(*arguments, scores=SCORES, **more):
    return [float(s) for s in scores if s >= chosen(*arguments, scores=scores, **more).value]


def test_a_budget_of_alerts_needs_no_label():
    assert flagged("alerts <= 30%") == [20, 30, 40]
    assert flagged("alerts <= 1 per day", traffic=Traffic(2.0)) == [30, 40]
    assert flagged("alerts <= 4 per day", traffic=Traffic(2.0, share=0.25)) == [30, 40]
    assert "2 of 10 flagged" in chosen("alerts <= 20%").words
    assert len(flagged("alerts <= 100%")) == 10


def test_equal_scores_are_never_parted_and_no_budget_is_passed():
    scores = np.array([1.0, 1, 1, 1, 1, 1, 1, 5, 5, 9])
    assert flagged("alerts <= 20%", scores=scores) == [9]
    assert flagged("alerts <= 10%", scores=np.ones(10)) == []
    assert "nothing is flagged" in chosen("alerts <= 10%", scores=np.ones(10)).words


def test_rules_by_labels_look_at_known_cases_only():
    judged = Label(
        np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]), np.arange(10) != 6, ("normal", "anomaly")
    )
    assert flagged("f1", judged) == [30, 40]
    assert flagged("recall >= 0.5", judged) == [40]
    assert flagged("precision >= 0.6", judged) == [20, 30, 40]
    cost = chosen("cost(false_positive=5, false_negative=1)", label([1] + [0] * 9))
    assert cost.value > 40


@pytest.mark.parametrize("rule", ["f1", "recall >= 0.5", "cost(false_positive=1)"])
def test_rules_by_labels_without_a_known_anomaly_are_refused_with_the_fix(rule):
    for judged in (NOTHING, label([0] * 10)):
        with pytest.raises(DeclarationError, match="alerts <= N per day"):
            chosen(rule, judged)


def test_a_budget_per_day_needs_times():
    for rule in ("alerts <= 3 per day", "false_alarms <= 3 per day"):
        with pytest.raises(DeclarationError, match="needs a time column"):
            chosen(rule)


def test_an_expected_rate_of_false_alarms_is_extrapolated():
    scores = np.random.default_rng(0).exponential(size=5000)
    unknown = Label(np.zeros(5000, np.int64), np.zeros(5000, bool), ("normal", "anomaly"))
    rare = chosen("false_alarms <= 0.01%", unknown, scores)
    assert np.exp(-rare.value) == pytest.approx(1e-4, rel=0.9)
    assert "generalised Pareto" in rare.words
    daily = chosen("false_alarms <= 5 per day", unknown, scores, Traffic(10.0))
    assert np.exp(-daily.value) == pytest.approx(0.01, rel=0.3)
    coarse = chosen("false_alarms <= 20%", scores=np.floor(SCORES / 10))
    assert "too few different scores" in coarse.words


def test_known_anomalies_do_not_count_among_the_normal():
    random = np.random.default_rng(0)
    scores = np.concatenate([random.exponential(size=2000), random.exponential(2, size=200) + 5])
    known = label([0] * 2000 + [1] * 200)
    value = chosen("false_alarms <= 1%", known, scores).value
    assert np.exp(-value) == pytest.approx(0.01, rel=0.3)


def test_a_declared_score_may_be_any_number():
    assert chosen("threshold -1.5").value == -1.5
    assert "9 of 10 flagged" in chosen("threshold -1.5").words


def test_actions_have_rising_thresholds():
    decision = read_decision(
        {"pass": "otherwise", "look": "alerts <= 50%", "stop": "alerts <= 10%"}
    )
    look, stop = choose_alert_thresholds(decision, SCORES, NOTHING, Traffic(None))
    assert (look.action, stop.action) == ("look", "stop")
    assert look.value < stop.value
    wrong = read_decision({"pass": "otherwise", "look": "alerts <= 10%", "stop": "alerts <= 50%"})
    with pytest.raises(DeclarationError, match="must rise"):
        choose_alert_thresholds(wrong, SCORES, NOTHING, Traffic(None))


def test_labels_decide_by_default_only_where_they_know_enough():
    assert default_decision(label([1] * 10 + [0] * 10)).rules == (Rule("f1", "f1"),)
    assert default_decision(label([1] * 5 + [0] * 10)).rules[0].kind == "false_alarms"
    assert default_decision(NOTHING).rules[0].kind == "false_alarms"
    assert default_decision(label([1] * 20)).rules[0].kind == "false_alarms"
