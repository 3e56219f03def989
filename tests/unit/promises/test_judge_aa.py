"""Whether two arms of one version fare alike."""

from dataclasses import replace

import numpy as np

from keel.promises.judge import passes
from keel.promises.judge_aa import judge_aa
from keel.promises.verdict import Outcome
from keel.spec.promise import parse_measure
from release_arms import arm

MEASURES = [parse_measure("average_precision"), parse_measure("latency_p50")]


def outcomes(a, b, **more):
    return [one.outcome for one in judge_aa(a, b, MEASURES, **more)]


def test_arms_alike_pass():
    found = judge_aa(arm(3000, 1), arm(3050, 2), MEASURES)
    assert [one.outcome for one in found] == [Outcome.UNDECIDED] * 5
    assert passes(found)
    assert found[0].reason.startswith("3,000 of 6,050 answers, 0.4959, fell to the first arm")


def test_every_difference_is_found_where_it_is():
    a = arm(4000, 1)
    lost = outcomes(a, arm(3200, 2))
    assert lost == [Outcome.BROKEN] + [Outcome.UNDECIDED] * 4
    assert outcomes(a, arm(4000, 2, failing=0.05))[2] is Outcome.BROKEN
    assert outcomes(a, arm(4000, 2, slow=1.5))[4] is Outcome.BROKEN
    wrong = arm(4000, 2, shift=-1)
    assert outcomes(a, wrong)[1] is Outcome.BROKEN
    assert outcomes(a, wrong)[3] is Outcome.BROKEN
    assert not passes(judge_aa(a, wrong))


def test_a_split_that_is_declared_uneven_is_right_if_it_is():
    assert outcomes(arm(400, 1), arm(3600, 2), shares=(10, 90))[0] is Outcome.UNDECIDED
    assert outcomes(arm(400, 1), arm(3600, 2), shares=(20, 80))[0] is Outcome.BROKEN


def test_units_are_split_not_their_answers():
    eager = replace(arm(3000, 1), unit=np.repeat(np.arange(300), 10).astype(str))
    calm = replace(arm(300, 2), unit=np.arange(1000, 1300).astype(str))
    found = judge_aa(eager, calm)[0]
    assert found.outcome is Outcome.UNDECIDED
    assert "300 of 600 units" in found.reason


def test_a_figure_of_groups_or_without_an_interval_says_what_is_compared():
    measures = [parse_measure("recall by sex"), parse_measure("expected_calibration_error")]
    by_group, unsettled = judge_aa(arm(4000, 1), arm(4000, 2), measures)[3:]
    assert by_group.promise == "recall alike"
    assert by_group.outcome is Outcome.UNDECIDED
    assert unsettled.outcome is Outcome.PENDING
    assert "few cases raise it" in unsettled.reason


def test_hardly_any_answer_settles_nothing():
    for n in (0, 1):
        assert Outcome.BROKEN not in outcomes(arm(n), arm(n, 1))
    assert set(outcomes(arm(0, failed=None), arm(0))) == {Outcome.PENDING}


def test_arms_alike_are_seldom_ever_found_unlike():
    wrong = 0
    for seed in range(25):
        ours, theirs = arm(900, [seed, 1], base=0.3), arm(900, [seed, 2], base=0.3)
        looks = (
            [
                replace(one.take(np.arange(n)), latency_ms=one.latency_ms[:n])
                for one in (ours, theirs)
            ]
            for n in (300, 600, 900)
        )
        wrong += any(Outcome.BROKEN in outcomes(a, b) for a, b in looks)
    assert wrong <= 3
