"""Promises held against a release in flight."""

import json
from dataclasses import asdict, replace

import msgspec
import numpy as np
import pytest

from keel.promises.health import Health
from keel.promises.judge import passes
from keel.promises.judge_canary import judge_canary
from keel.promises.verdict import Outcome
from keel.spec.promise import parse_promise
from release_arms import arm

NO_HEALTH = Health(None, None, None, None)


def verdicts(texts, *arms, **more):
    more = {"health": NO_HEALTH} | more
    return judge_canary([parse_promise(text) for text in texts], *arms, **more)


def verdict(text, *arms, **more):
    return verdicts([text], *arms, **more)[0]


@pytest.mark.parametrize(
    ("promise", "outcome"),
    [
        ("roc_auc >= 0.7", Outcome.KEPT),
        ("roc_auc >= 0.95", Outcome.BROKEN),
        ("roc_auc >= 0.855", Outcome.UNDECIDED),
        ("accuracy > 0.95", Outcome.BROKEN),
        ("brier <= 0.2", Outcome.KEPT),
        ("latency_p99 <= 3 ms", Outcome.BROKEN),
        ("latency_p99 < 3 min", Outcome.KEPT),
        ("demographic_parity_ratio by sex >= 0.5", Outcome.KEPT),
        ("no leakage", Outcome.PENDING),
        ("beats champion on roc_auc", Outcome.PENDING),
    ],
)
def test_a_bar_judges_the_challenger_alone(promise, outcome):
    found = verdict(promise, arm(6000))
    assert found.outcome is outcome
    if outcome is not Outcome.PENDING:
        assert found.low <= found.value <= found.high


def test_beating_the_champion_is_judged_by_the_difference_of_the_arms():
    better, worse = arm(5000, 1, shift=2.5), arm(5000, 2, shift=0.5)
    assert verdict("beats champion on roc_auc", better, worse).outcome is Outcome.KEPT
    assert verdict("beats champion on roc_auc", worse, better).outcome is Outcome.BROKEN
    alike = verdict("beats champion on roc_auc", arm(5000, 3), arm(5000, 4))
    assert alike.outcome is Outcome.UNDECIDED
    lenient = verdict("beats champion on roc_auc by -0.2", arm(5000, 3), arm(5000, 4))
    assert lenient.outcome is Outcome.KEPT


def test_the_reason_says_what_was_seen_in_plain_words():
    found = verdict("roc_auc >= 0.95", arm(6000, observed=np.arange(6000) < 1204))
    assert found.reason.startswith("1,204 labelled answers: 0.8")
    assert "always-valid 90 % interval 0." in found.reason
    assert found.reason.endswith("none of it is >= 0.95")
    unlabelled = verdict("latency_p99 <= 3 ms", arm(6000)).reason
    assert unlabelled.startswith("6,000 requests: 4.")


def test_the_chance_of_a_false_alarm_is_shared_by_all_promises():
    alone = verdict("roc_auc >= 0.8", arm(3000))
    among = verdicts(["roc_auc >= 0.8", "accuracy >= 0.5", "no leakage"], arm(3000))[0]
    with_health = verdicts(["roc_auc >= 0.8"], arm(3000), health=Health())[0]
    assert among.high - among.low > alone.high - alone.low
    assert with_health.high - with_health.low > among.high - among.low
    assert "95 % interval" in among.reason


def test_labels_that_have_not_come_yet_block_nothing():
    evidence = arm(4000, observed=np.zeros(4000, dtype=bool))
    found = verdicts(["roc_auc >= 0.9", "latency_p99 <= 1 h"], evidence)
    assert [one.outcome for one in found] == [Outcome.PENDING, Outcome.KEPT]
    assert found[0].reason == "no case has a label"
    assert passes(found)


def test_labels_that_the_answer_itself_selected_settle_nothing():
    flagged = arm(6000, observed=np.arange(6000) % 3 == 0, unobserved_because="payment was blocked")
    found = verdict("recall >= 0.99", flagged)
    assert found.outcome is Outcome.UNDECIDED
    assert found.reason.startswith("labels selected (payment was blocked): 2,000 labelled answers")
    assert verdict("precision >= 0.99", flagged).outcome is Outcome.BROKEN


@pytest.mark.parametrize(
    ("promise", "why"),
    [
        ("expected_calibration_error <= 0.01", "few cases raise it"),
        ("precision at 100 >= 0.9", "the first 100 of more and more cases"),
        ("precision at 10 per day >= 0.9", "whole days of all traffic"),
    ],
)
def test_a_figure_without_an_always_valid_interval_is_undecided_and_says_so(promise, why):
    time = np.datetime64("2024-05-01", "us") + np.arange(3000) * np.timedelta64(3, "m")
    found = verdict(promise, arm(3000, time=time))
    assert found.outcome is Outcome.UNDECIDED
    assert why in found.reason
    assert not np.isnan(found.value)
    assert not found.right_side


@pytest.mark.parametrize("n", [0, 1, 5])
def test_hardly_any_answer_breaks_nothing(n):
    texts = ["roc_auc >= 0.9", "accuracy >= 0.95", "recall by sex >= 0.9", "latency_p99 <= 1 ms"]
    texts.append("beats champion on average_precision by 0.5")
    for champion in (None, arm(0), arm(5000, 1)):
        found = verdicts(texts, arm(n), champion, health=Health())
        assert not any(one.outcome is Outcome.BROKEN for one in found)


def test_a_release_like_its_champion_is_seldom_ever_rolled_back():
    texts = ["accuracy >= 0.78", "roc_auc >= 0.855", "latency_p99 <= 4.6 ms"]
    wrong = 0
    for seed in range(25):
        ours, theirs = arm(1500, [seed, 1], base=0.3), arm(1500, [seed, 2], base=0.3)
        for n in range(300, 1501, 300):
            rows = np.arange(n)
            looked = [
                replace(one.take(rows), latency_ms=one.latency_ms[:n]) for one in (ours, theirs)
            ]
            if any(one.outcome is Outcome.BROKEN for one in verdicts(texts, *looked)):
                wrong += 1
                break
    assert wrong <= 3


def test_verdicts_are_of_plain_numbers_that_can_be_written_down():
    texts = ["roc_auc >= 0.9", "precision by sex >= 0.9", "latency_p99 <= 1 ms", "f1 >= 0.1"]
    texts += ["demographic_parity_ratio by sex >= 0.9", "beats champion on average_precision"]
    found = verdicts(texts, arm(3000, steps=2), arm(3000, 1, steps=2), health=Health())
    assert json.loads(json.dumps([asdict(one) for one in found]))
    assert msgspec.to_builtins(found)
