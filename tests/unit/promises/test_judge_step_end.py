"""Whether a release may move on where a step ends."""

from dataclasses import replace

import numpy as np
import pytest

from keel.promises.health import Health
from keel.promises.judge import passes
from keel.promises.judge_canary import judge_canary
from keel.promises.judge_step_end import judge_step_end
from keel.promises.verdict import Outcome
from keel.spec.promise import parse_promise
from release_arms import arm

NO_HEALTH = Health(None, None, None, None)
PROMISES = [parse_promise("accuracy >= 0.8"), parse_promise("roc_auc >= 0.8")]


def at_end(evidence, champion=None, step=0, steps=3, **more):
    more = {"health": NO_HEALTH} | more
    return judge_step_end(PROMISES, evidence, champion, step=step, steps=steps, **more)


def test_the_end_of_a_step_settles_more_than_any_look_does():
    evidence = arm(3000, steps=2)
    ended = at_end(evidence, step=1)
    anytime = judge_canary(PROMISES, evidence, health=NO_HEALTH)
    for one, other in zip(ended, anytime, strict=True):
        assert one.value == other.value
        assert other.low < one.low < one.value < one.high < other.high


def test_a_step_of_one_is_a_single_look():
    found = at_end(arm(3000), steps=1, alpha=0.1)[0]
    assert "95 % interval" not in found.reason
    assert "90 % interval (look 1 of 1)" in found.reason


def test_more_steps_are_dearer():
    widths = [at_end(arm(3000), steps=steps)[0] for steps in (1, 3, 10)]
    assert sorted(widths, key=lambda one: one.high - one.low) == widths


def test_steps_of_unlike_size_count_by_their_cases():
    step = np.repeat([0, 1, 2], [150, 750, 2100])
    unlike = at_end(arm(3000, step=step), step=2)[0]
    equal = at_end(arm(3000, steps=3), step=2)[0]
    assert unlike.value == equal.value
    assert unlike.high != equal.high


def test_what_is_kept_passes_and_what_is_broken_does_not():
    assert passes(at_end(arm(6000, base=0.1)), strict=True)
    bad = at_end(arm(6000, base=0.5, shift=0.3))
    assert bad[1].outcome is Outcome.BROKEN
    assert not passes(bad)


def test_nothing_has_come_yet():
    found = at_end(arm(0), arm(0), health=Health())
    assert {one.outcome for one in found} == {Outcome.PENDING}


@pytest.mark.parametrize("step", [-1, 3])
def test_a_step_must_be_one_of_the_steps(step):
    with pytest.raises(ValueError, match="there is no step"):
        at_end(arm(10), step=step)


def test_a_broken_promise_is_seldom_ever_found_kept_at_an_end():
    promise = [parse_promise("accuracy > 0.8")]
    ever = 0
    for seed in range(150):
        right = np.random.default_rng(seed).random(1200) < 0.8
        whole = arm(1200, steps=3)
        whole = replace(whole, decision=np.where(right, whole.label, 1 - whole.label))
        ends = (whole.take(np.arange(400 * (step + 1))) for step in range(3))
        ever += any(
            judge_step_end(promise, end, step=step, steps=3, health=NO_HEALTH)[0].outcome
            is Outcome.KEPT
            for step, end in enumerate(ends)
        )
    assert ever / 150 <= 0.05 + 2 * 0.018
