"""Whether a challenger fares as the champion does."""

from dataclasses import replace

import numpy as np
import pytest

from keel.promises.health import Health, judge_health
from keel.promises.look import any_look
from keel.promises.verdict import Outcome
from release_arms import arm

NOTHING = Health(None, None, None, None)


def fares(ours, theirs, **bars):
    (found,) = judge_health(replace(NOTHING, **bars), ours, theirs, any_look(0.01))
    return found


def test_every_bar_has_a_verdict_and_those_left_out_have_none():
    ours, theirs = arm(100), arm(100, 1)
    assert len(list(judge_health(Health(), ours, theirs, any_look(0.01)))) == len(Health()) == 4
    assert len(NOTHING) == 0
    alone = list(judge_health(Health(), ours, None, any_look(0.01)))
    assert {one.reason for one in alone} == {"there is no champion to compare with"}
    assert {one.outcome for one in alone} == {Outcome.PENDING}


def test_failures_are_held_against_those_of_the_champion():
    champion = arm(20_000, 1, failing=0.002, steps=2)

    def errors(**more):
        return fares(arm(2000, steps=2, **more), champion, errors=2.0)

    broken = errors(failing=0.03)
    assert broken.outcome is Outcome.BROKEN
    assert broken.promise == "errors <= 2 times the champion's"
    assert "of 2,000 requests failed" in broken.reason
    assert errors(failing=0.002).outcome is Outcome.UNDECIDED
    assert errors(failing=0.0).outcome is Outcome.KEPT
    assert errors(failed=None).outcome is Outcome.PENDING
    assert errors(failed=np.zeros(0, dtype=bool)).outcome is Outcome.PENDING
    healthy = replace(champion, failed=np.zeros(20_000, dtype=bool))
    none = fares(arm(2000, failing=0.0, steps=2), healthy, errors=2.0)
    assert (none.outcome, none.right_side) == (Outcome.UNDECIDED, True)


def test_latency_is_held_against_that_of_the_champion():
    champion = arm(5000, 1)

    def latency(slow, against=champion):
        return fares(arm(5000, slow=slow), against, latency=1.5)

    assert latency(3.0).outcome is Outcome.BROKEN
    assert latency(1.0).outcome is Outcome.KEPT
    assert latency(1.5).outcome is Outcome.UNDECIDED
    assert latency(3.0, replace(champion, latency_ms=np.zeros(0))).outcome is Outcome.PENDING
    at_once = replace(champion, latency_ms=np.zeros(5000))
    assert latency(1.0, at_once).outcome is Outcome.BROKEN
    assert fares(at_once, at_once, latency=1.5).outcome is Outcome.KEPT


def test_scores_are_held_against_those_of_the_champion():
    champion = arm(4000, 1)
    other = np.clip(champion.output[:, 1] + 0.3, 0, 1)
    shifted = replace(champion, output=np.stack([1 - other, other], axis=1))
    found = fares(shifted, champion, scores=0.25)
    assert found.outcome is Outcome.BROKEN
    assert found.reason.startswith("4,000 answers, 4,000 of the champion's: ")
    assert fares(arm(4000, 2), champion, scores=0.25).outcome is Outcome.KEPT
    assert fares(arm(0), champion, scores=0.25).outcome is Outcome.PENDING
    assert fares(arm(1), champion, scores=0.25).outcome is Outcome.UNDECIDED


def test_the_input_that_differs_most_is_named():
    random = np.random.default_rng(0)

    def fed(seed, shift=0.0, towns=("a", "b")):
        amount = random.normal(shift, 1, 3000)
        return arm(3000, seed, inputs={"amount": amount, "town": random.choice(towns, 3000)})

    found = fares(fed(1, shift=1.0), fed(2), inputs=0.1)
    assert found.outcome is Outcome.BROKEN
    assert "the most of 2 columns in 'amount'" in found.reason
    assert "'town'" in fares(fed(1, towns=("a", "c")), fed(2), inputs=0.1).reason
    assert fares(fed(1), fed(2), inputs=0.1).outcome is Outcome.KEPT
    assert fares(arm(50), fed(2), inputs=0.1).reason == "no column was kept of both arms"


def test_traffic_that_changes_between_steps_is_no_drift():
    random = np.random.default_rng(1)

    def fed(sizes):
        step = np.repeat([0, 1], sizes)
        amount = random.normal(2.0 * step, 1)
        return arm(len(step), step=step, inputs={"amount": amount})

    ours, theirs = fed([300, 3000]), fed([6000, 3000])
    assert fares(ours, theirs, inputs=0.1).outcome is Outcome.KEPT
    steps = {"step": None}
    mixed = fares(replace(ours, **steps), replace(theirs, **steps), inputs=0.1)
    assert mixed.outcome is Outcome.BROKEN


@pytest.mark.parametrize("name", ["errors", "latency", "scores", "inputs"])
def test_arms_alike_are_not_found_unlike(name):
    for seed in range(10):
        random = np.random.default_rng(seed)
        ours, theirs = (
            arm(1000, [seed, i], inputs={"x": random.normal(size=1000)}) for i in (1, 2)
        )
        bar = {"errors": 1.0, "latency": 1.0, "scores": 0.01, "inputs": 0.01}[name]
        assert fares(ours, theirs, **{name: bar}).outcome is not Outcome.BROKEN
