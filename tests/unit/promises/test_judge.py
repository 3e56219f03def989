"""Promises held against evidence."""

import numpy as np
import pytest

from keel.errors import DeclarationError
from keel.evaluate.leakage.finding import Finding, Severity
from keel.metrics.evidence import Evidence
from keel.promises.judge import check_promises, judge, passes
from keel.promises.stage import Stage
from keel.promises.verdict import Outcome, Verdict
from keel.spec.kinds import TaskName
from keel.spec.promise import parse_promise


def cases(n=800, seed=0, **more):
    random = np.random.default_rng(seed)
    label = (random.random(n) < 0.3).astype(np.int64)
    score = 1 / (1 + np.exp(-random.normal(1.5 * label - 1, 1)))
    output = np.stack([1 - score, score], axis=1)
    return Evidence(TaskName.CLASSIFY, output, label, "made up", ("no", "yes"), **more)


def verdict(text, evidence, findings=(), **more):
    (found,) = judge([parse_promise(text)], evidence, findings, **more)
    return found


def finding(severity):
    return Finding("copy", ("a", "b"), severity, "evidence", "why", "advice")


@pytest.mark.parametrize(
    ("promise", "outcome"),
    [
        ("roc_auc >= 0.8", Outcome.KEPT),
        ("roc_auc >= 0.95", Outcome.BROKEN),
        ("roc_auc > 0.95", Outcome.BROKEN),
        ("log_loss <= 0.9", Outcome.KEPT),
        ("log_loss < 0.9", Outcome.KEPT),
        ("log_loss <= 0.1", Outcome.BROKEN),
        ("log_loss < 0.1", Outcome.BROKEN),
    ],
)
def test_the_whole_interval_decides(promise, outcome):
    found = verdict(promise, cases())
    assert found.outcome is outcome
    assert found.low <= found.value <= found.high
    assert found.right_side is (outcome is Outcome.KEPT)
    assert "95 % interval" in found.reason


def test_between_the_point_estimate_says_whether_it_passes():
    evidence = cases(100)
    value = verdict("roc_auc >= 0.5", evidence).value
    above = verdict(f"roc_auc >= {value - 0.01:.4f}", evidence)
    below = verdict(f"roc_auc >= {value + 0.01:.4f}", evidence)
    assert above.outcome is below.outcome is Outcome.UNDECIDED
    assert (above.right_side, below.right_side) == (True, False)
    assert passes([above])
    assert not passes([above], strict=True)
    assert not passes([below])


def test_a_nan_never_passes():
    found = verdict("roc_auc >= 0.0", cases(30).take(np.zeros(0, dtype=np.int64)))
    assert found.outcome is Outcome.UNDECIDED
    assert np.isnan(found.value)
    assert not found.right_side
    assert not passes([found])


def test_a_figure_without_an_interval_is_undecided():
    found = verdict("roc_auc >= 0.5", cases(100, cluster=np.zeros(100, dtype=np.int64)))
    assert found.outcome is Outcome.UNDECIDED
    assert "too few cases for an interval" in found.reason


@pytest.mark.parametrize(
    ("severities", "outcome", "ok"),
    [
        ([], Outcome.KEPT, True),
        ([Severity.NOTE], Outcome.KEPT, True),
        ([Severity.SUSPECT], Outcome.UNDECIDED, True),
        ([Severity.SUSPECT, Severity.CERTAIN], Outcome.BROKEN, False),
    ],
)
def test_only_a_certain_leak_breaks_the_promise(severities, outcome, ok):
    found = verdict("no leakage", cases(10), [finding(severity) for severity in severities])
    assert found.outcome is outcome
    assert passes([found]) is ok
    assert passes([found], strict=True) is (outcome is Outcome.KEPT)


def test_without_a_champion_there_is_nothing_to_beat():
    found = verdict("beats champion on roc_auc by 0.01", cases(50))
    assert found.outcome is Outcome.PENDING
    assert found.reason == "there is no champion that can be compared on these cases"
    assert passes([found], strict=True)


def test_a_champion_is_beaten_on_the_same_cases():
    ours = cases()
    noise = np.random.default_rng(1).normal(0, 0.2, (800, 1))
    champion = Evidence(**{**ours.__dict__, "output": ours.output + noise * [[-1, 1]]})
    assert verdict("beats champion on roc_auc", ours, champion=champion).outcome is Outcome.KEPT
    far = verdict("beats champion on roc_auc by 0.5", ours, champion=champion)
    assert far.outcome is Outcome.BROKEN
    assert far.reason.startswith("gain over the champion")


def test_a_champion_with_fewer_cases_is_matched_by_id():
    ours = cases(400, id=np.arange(400).astype(str))
    champion = ours.take(np.arange(399, 100, -1))
    found = verdict("beats champion on roc_auc by 0.01", ours, champion=champion)
    assert (found.value, found.n) == (0.0, 299)
    with pytest.raises(ValueError, match="without ids cannot be matched"):
        verdict("beats champion on roc_auc", cases(20), champion=cases(30))


def test_latency_is_pending_until_it_is_measured():
    assert verdict("latency_p99 <= 20 ms", cases(50)).outcome is Outcome.PENDING
    measured = cases(50, latency_ms=np.random.default_rng(0).exponential(1, 600))
    found = verdict("latency_p99 <= 20 ms", measured)
    assert found.outcome is Outcome.KEPT
    assert found.n == 600


def test_groups_too_small_to_judge_are_named():
    group = np.array(["a"] * 50 + ["b"] * 45 + ["rare"] * 5)
    found = verdict("accuracy by g >= 0.1", cases(100, groups={"g": group}))
    assert found.outcome is Outcome.KEPT
    assert "1 groups below 20 cases are left out ('rare')" in found.reason


def test_each_promise_is_judged_where_it_can_be():
    findings = [finding(Severity.CERTAIN)]
    found = verdict("no leakage", cases(20), findings, stage=Stage.LIVE)
    assert found.outcome is Outcome.PENDING
    assert found.reason == "judged when a version is trained"
    assert verdict("accuracy >= 0.1", cases(20), stage=Stage.LIVE).outcome is Outcome.KEPT


def test_labels_that_the_model_selected_settle_nothing():
    blocked = cases(
        200, observed=np.arange(200) < 150, unobserved_because="the payment was blocked"
    )
    found = verdict("accuracy >= 0.1", blocked, stage=Stage.LIVE)
    assert found.outcome is Outcome.UNDECIDED
    assert found.reason.startswith("labels selected (the payment was blocked)")
    assert verdict("precision >= 0.1", blocked, stage=Stage.LIVE).outcome is Outcome.KEPT


def test_verdicts_come_in_the_order_of_the_promises():
    texts = ["no leakage", "roc_auc >= 0.5", "beats champion on f1", "f1 >= 0.1"]
    found = judge([parse_promise(text) for text in texts], cases(200))
    assert [v.promise for v in found] == texts


def test_one_broken_promise_holds_a_version_back():
    kept = Verdict("a", Outcome.KEPT, "", right_side=True)
    broken = Verdict("b", Outcome.BROKEN, "", right_side=True)
    assert passes([kept])
    assert not passes([kept, broken])
    assert passes([])


def test_all_promises_that_cannot_be_asked_are_reported_at_once():
    texts = ["roc_acu >= 0.5", "no leakage", "f1 >= 0.5", "beats champion on rmse"]
    with pytest.raises(DeclarationError) as caught:
        check_promises([parse_promise(text) for text in texts], TaskName.CLASSIFY)
    first, second = caught.value.problems
    assert "did you mean 'roc_auc'?" in first
    assert "rmse is not a metric of classify" in second
    assert "position 19" in second


def test_a_leak_without_a_column_is_called_by_its_kind():
    doubled = Finding("duplicates", (), Severity.SUSPECT, "evidence", "why", "advice")
    assert verdict("no leakage", cases(), [doubled]).reason == "suspect: duplicates"
