"""A figure of one arm."""

from dataclasses import replace

import numpy as np
import pytest

from keel.metrics.bootstrap import estimate, point
from keel.metrics.catalog import metrics
from keel.metrics.evidence import Evidence
from keel.metrics.sequential.arm_figure import FEW, arm_figure
from keel.metrics.sequential.bounds import ONCE
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure, parse_measure
from release_arms import arm

MEASURES = (
    "average_precision",
    "roc_auc",
    "f1",
    "precision",
    "recall",
    "accuracy",
    "brier",
    "log_loss",
    "mcc",
    "recall at precision 0.3",
    "precision by sex",
    "demographic_parity_ratio by sex",
    "equal_opportunity_difference by sex",
    "latency_p99",
)


@pytest.mark.parametrize("text", MEASURES)
def test_the_figure_is_the_one_of_training_and_its_interval_is_wider(text):
    evidence, measure = arm(3000), parse_measure(text)
    always, once = arm_figure(measure, evidence), estimate(measure, evidence)
    assert always.value == pytest.approx(once.value)
    assert always.low <= always.value <= always.high
    assert always.high - always.low > once.high - once.low
    assert always.high - always.low < 4 * (once.high - once.low)


@pytest.mark.parametrize("text", ["average_precision", "roc_auc", "f1", "precision", "brier"])
def test_the_truth_is_seldom_ever_left(text):
    measure = parse_measure(text)
    true = point(measure, arm(100_000, 99, base=0.3))
    ever = 0
    for seed in range(24):
        whole = arm(1600, seed, base=0.3)
        looks = [arm_figure(measure, whole.take(np.arange(n))) for n in range(400, 1601, 400)]
        ever += any(look.low > true or look.high < true for look in looks)
    assert ever / 24 <= 0.05 + 2 * 0.045


def test_tails_are_of_their_own_side():
    evidence, measure = arm(2000), Measure("average_precision")
    low, high = arm_figure(measure, evidence, (0.001, 0.2)), arm_figure(measure, evidence)
    assert low.low < high.low
    assert low.high < high.high


@pytest.mark.parametrize("text", ["recall", "accuracy", "average_precision", "brier"])
def test_labels_that_answers_selected_are_weighed_by_their_chance(text):
    measure, whole = parse_measure(text), arm(40_000, base=0.3)
    chance = np.where(whole.output[:, 1] > 0.4, 0.1, 0.8)
    observed = np.random.default_rng(7).random(40_000) < chance
    some = replace(whole, observed=observed, unobserved_because="it was blocked")
    true, plain = point(measure, whole), arm_figure(measure, some)
    weighed = arm_figure(measure, replace(some, propensity=chance))
    assert not plain.low < true < plain.high
    assert weighed.low < true < weighed.high
    assert weighed.high - weighed.low > plain.high - plain.low
    once = estimate(measure, replace(some, propensity=chance), replicates=100)
    assert once.value == pytest.approx(weighed.value)
    assert once.low < true < once.high


def test_a_propensity_is_of_no_matter_where_labels_are_not_selected():
    evidence = arm(2000, propensity=np.linspace(0.1, 1, 2000))
    plain = replace(evidence, propensity=None)
    assert arm_figure(Measure("recall"), evidence) == arm_figure(Measure("recall"), plain)


def test_a_label_that_had_no_chance_to_be_known_is_an_obstacle():
    observed = np.arange(2000) < 1500
    evidence = arm(2000, observed=observed, unobserved_because="it was blocked")
    found = arm_figure(Measure("recall"), replace(evidence, propensity=np.zeros(2000)))
    assert np.isnan(found.value)


def test_answers_to_one_unit_count_as_one():
    evidence, measure = arm(3000), Measure("accuracy")
    repeated = evidence.take(np.repeat(np.arange(600), 5))
    unit = np.repeat(np.arange(600), 5).astype(str)
    alone = arm_figure(measure, repeated)
    together = arm_figure(measure, replace(repeated, unit=unit))
    assert together.value == alone.value
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_only_cases_with_a_label_count_where_one_is_needed():
    evidence = arm(1000, observed=np.arange(1000) < 400)
    assert arm_figure(Measure("accuracy"), evidence).n == 400
    assert arm_figure(Measure("selection_rate"), evidence).n == 1000


def test_few_cases_have_a_figure_and_no_asymptotic_interval():
    few = arm(60, base=0.3)
    assert np.count_nonzero(few.label) < FEW
    found = arm_figure(Measure("average_precision"), few)
    assert 0 < found.value < 1
    assert np.isnan([found.low, found.high]).all()


def test_a_high_figure_has_more_room_below_than_above():
    found = arm_figure(Measure("roc_auc"), arm(2000, shift=3.0))
    assert found.value > 0.95
    assert found.value - found.low > 1.3 * (found.high - found.value)
    assert found.high < 1


def test_cases_that_all_agree_are_no_proof():
    evidence = arm(300, base=0.3)
    sure = replace(evidence, output=np.stack([1 - evidence.label, evidence.label], axis=1) * 1.0)
    found = arm_figure(Measure("roc_auc"), sure)
    assert found.value == found.high == 1.0
    assert 0.5 < found.low < 0.98


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("text", [*MEASURES, "precision at 10", "expected_calibration_error"])
def test_no_case_or_one_keeps_and_breaks_nothing(text, n):
    found = arm_figure(parse_measure(text), arm(n))
    exists = text.startswith("latency") and n
    assert np.isnan(found.value) or np.isnan(found.low) or exists or found.high - found.low > 0.5


def test_every_metric_has_an_interval_or_a_reason_for_none():
    unsettled = [metric.name for metric in metrics() if metric.no_sequence]
    assert unsettled == ["expected_calibration_error", "coverage", "time_to_detect"]


def test_errors_of_values_have_asymptotic_intervals():
    random = np.random.default_rng(0)
    label = random.normal(size=900)
    evidence = replace(arm(900), task=TaskName.REGRESS, output=label + random.normal(size=900))
    evidence = replace(evidence, label=label)
    for name, true in (("rmse", 1.0), ("mae", 0.798), ("r2", 0.0), ("medae", 0.6745)):
        found = arm_figure(Measure(name), evidence)
        assert found.low < true < found.high
        assert found.high - found.low < 0.6


def test_means_of_bounded_values_have_exact_intervals_from_the_first_case():
    few = arm(12, base=0.3)
    for name in ("brier", "expected_cost"):
        found = arm_figure(Measure(name), few)
        assert 0 <= found.low < found.value < found.high <= 1
    assert arm_figure(Measure("brier"), few, bounds=ONCE).n == 12


def test_lists_of_items_are_judged_by_the_users_for_whom_something_was_right():
    random = np.random.default_rng(0)
    lists = np.argsort(random.random((500, 20)), axis=1)[:, :10]
    right = np.where(random.random(500) < 0.8, random.integers(0, 20, 500), -1)[:, None]
    evidence = Evidence(TaskName.RECOMMEND, lists, right, "made up")
    for text in ("ndcg at 10", "mrr", "mrr at 5", "map at 5", "recall at 5", "hit_rate at 5"):
        found = arm_figure(parse_measure(text), evidence)
        assert found.value == pytest.approx(estimate(parse_measure(text), evidence).value)
        assert found.low < found.value < found.high < 1
        assert found.n == np.count_nonzero(right >= 0)
