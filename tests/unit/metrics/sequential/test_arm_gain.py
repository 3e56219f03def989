"""How much better one arm is than the other at every look."""

from dataclasses import replace

import numpy as np
import pytest

from keel.metrics.sequential.arm_gain import arm_gain
from keel.spec.promise import Measure, parse_measure
from release_arms import arm

AP = Measure("average_precision")


@pytest.mark.parametrize("text", ["average_precision", "f1", "log_loss", "latency_p95"])
def test_swapping_the_arms_turns_the_gain_round(text):
    ours, theirs, measure = arm(2000, 1), arm(4000, 2, shift=1.2), parse_measure(text)
    found, other = arm_gain(measure, ours, theirs), arm_gain(measure, theirs, ours)
    assert found.value == pytest.approx(-other.value)
    # Other cases are left out together.
    assert (found.low, found.high) == pytest.approx((-other.high, -other.low), abs=0.01)


def test_better_is_positive_whichever_way_the_figure_goes():
    good, bad = arm(6000, 1, shift=2.5), arm(6000, 2, shift=0.5)
    for measure in (AP, Measure("log_loss"), Measure("recall")):
        assert arm_gain(measure, good, bad).value > 0
    assert arm_gain(AP, good, bad).low > 0
    assert arm_gain(AP, bad, good).high < 0
    assert arm_gain(Measure("latency_p50"), good, replace(bad, latency_ms=np.full(99, 9.0))).low > 0


def test_equal_arms_are_seldom_ever_found_unlike():
    ever = 0
    for seed in range(24):
        ours, theirs = arm(1500, [seed, 1], base=0.3), arm(3000, [seed, 2], base=0.3)
        looks = [
            arm_gain(AP, ours.take(np.arange(n)), theirs.take(np.arange(2 * n)))
            for n in range(300, 1501, 300)
        ]
        ever += any(look.low > 0 or look.high < 0 for look in looks)
    assert ever / 24 <= 0.05 + 2 * 0.045


def test_steps_with_other_shares_and_other_traffic_are_no_difference():
    def served(seed, sizes, bases):
        parts = [arm(sizes[i], [seed, i], base=bases[i]) for i in range(len(sizes))]
        label = np.concatenate([part.label for part in parts])
        output = np.concatenate([part.output for part in parts])
        step = np.repeat(np.arange(len(sizes)), sizes)
        return replace(parts[0], label=label, output=output, step=step, groups={})

    ours = served(1, (400, 4000), (0.4, 0.1))
    theirs = served(2, (8000, 4000), (0.4, 0.1))
    by_step = arm_gain(AP, ours, theirs)
    assert by_step.low < 0 < by_step.high
    together = arm_gain(AP, replace(ours, step=None), replace(theirs, step=None))
    assert together.high < 0


def test_answers_to_the_same_requests_are_compared_pairwise():
    ours = arm(2000, 1, id=np.arange(2000).astype(str))
    noise = np.random.default_rng(3).normal(0, 0.02, size=2000)
    score = np.clip(ours.output[:, 1] + noise, 0, 1)
    theirs = replace(ours, output=np.stack([1 - score, score], axis=1))
    other = arm(2000, 2, id=np.arange(2000, 4000).astype(str))
    pairwise, apart = arm_gain(AP, ours, theirs), arm_gain(AP, ours, other)
    assert pairwise.high - pairwise.low < 0.3 * (apart.high - apart.low)
    assert pairwise.low <= pairwise.value <= pairwise.high


def test_answers_to_one_unit_count_as_one():
    def repeated(seed):
        unit = np.repeat(np.arange(400), 5)
        return replace(arm(400, seed, base=0.4).take(unit), unit=np.char.mod(f"{seed}-%d", unit))

    ours, theirs = repeated(1), repeated(2)
    together = arm_gain(AP, ours, theirs)
    alone = arm_gain(AP, replace(ours, unit=None), replace(theirs, unit=None))
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_cases_without_a_unit_stand_alone():
    unit = np.where(np.arange(2000) < 1000, "", "one")
    ours, theirs = arm(2000, 1, base=0.3), arm(2000, 2, base=0.3)
    some = arm_gain(AP, replace(ours, unit=unit), replace(theirs, unit=unit))
    none = arm_gain(AP, ours, theirs)
    assert some.high - some.low < 3 * (none.high - none.low)


def test_clusters_are_numbered_within_their_arm():
    number = np.repeat(np.arange(1000), 2)
    ours, theirs = (arm(2000, seed, base=0.3, cluster=number) for seed in (1, 2))
    shifted = replace(theirs, cluster=number + 5000)
    assert arm_gain(AP, ours, theirs) == arm_gain(AP, ours, shifted)


def test_arms_without_cases_enough_in_any_step_have_no_gain():
    found = arm_gain(AP, arm(100), arm(5000, 1))
    assert np.isnan(found.value)
    assert found.n == 100
    assert np.isnan(arm_gain(AP, arm(0), arm(5000)).value)


def test_arms_that_cannot_differ_have_no_interval():
    ours = arm(500, 1)
    nobody = replace(ours, output=np.tile([1.0, 0.0], (500, 1)))
    found = arm_gain(Measure("recall"), nobody, nobody)
    assert found.value == 0
    assert np.isnan(found.low)
