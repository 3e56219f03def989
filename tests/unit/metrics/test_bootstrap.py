"""Figures with their uncertainty."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from keel.metrics import spread
from keel.metrics.bootstrap import compare, estimate, estimates, point
from keel.metrics.evidence import Evidence
from keel.metrics.prepared import Prepared
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure, parse_measure

AUC = Measure("roc_auc")


def cases(seed, n, share=0.3, separation=1.5, **more):
    random = np.random.default_rng(seed)
    label = (random.random(n) < share).astype(np.int64)
    score = 1 / (1 + np.exp(-random.normal(separation * label - 1, 1)))
    output = np.stack([1 - score, score], axis=1)
    return Evidence(TaskName.CLASSIFY, output, label, "made up", ("no", "yes"), **more)


def width(figure):
    return figure.high - figure.low


def delong_error(evidence):
    """DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44(3), equations 3 and 5."""
    score, label = evidence.output[:, 1], evidence.label == 1
    above = (score[label][:, None] > score[~label]).astype(float)
    by_positive, by_negative = above.mean(axis=1), above.mean(axis=0)
    return np.sqrt(
        by_positive.var(ddof=1) / len(by_positive) + by_negative.var(ddof=1) / len(by_negative)
    )


def test_the_same_seed_gives_the_same_interval_and_another_a_near_one():
    evidence = cases(0, 500)
    first, again, other = (estimate(AUC, evidence, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert other != first
    assert other.low == pytest.approx(first.low, abs=0.01)


def test_many_figures_at_once_are_those_of_one_at_a_time():
    evidence = cases(0, 400)
    measures = [parse_measure(t) for t in ("roc_auc", "f1", "recall", "log_loss", "brier")]
    together = estimates(measures, evidence, replicates=200)
    assert together == tuple(estimate(m, evidence, replicates=200) for m in measures)


def test_the_interval_of_an_auc_is_about_that_of_delong():
    evidence = cases(3, 2000)
    figure = estimate(AUC, evidence)
    assert width(figure) / (2 * 1.96 * delong_error(evidence)) == pytest.approx(1, abs=0.1)


def test_intervals_of_ranking_figures_cover_the_truth():
    true = stats.norm.cdf(1.5 / np.sqrt(2))
    found = [estimate(AUC, cases(seed, 80), replicates=200) for seed in range(120)]
    covered = np.mean([figure.low <= true <= figure.high for figure in found])
    # 120 draws of a share of 0.95 lie within 0.90 and 0.99 with 99 %.
    assert covered >= 0.90


def test_no_errors_in_few_cases_is_no_certainty():
    evidence = cases(0, 30, separation=40)
    assert point(AUC, evidence) == 1.0
    right = Evidence(**{**evidence.__dict__, "decision": evidence.label})
    for name in ("roc_auc", "average_precision", "accuracy", "recall", "f1"):
        figure = estimate(Measure(name), right, replicates=200)
        assert figure.value == figure.high == 1.0
        assert 0.5 < figure.low < 0.95, name


def test_no_costs_in_few_cases_may_still_come():
    evidence = Evidence(**{**cases(0, 60).__dict__, "costs": (1.0, 20.0)})
    right = Evidence(**{**evidence.__dict__, "decision": evidence.label})
    figure = estimate(Measure("expected_cost"), right)
    assert figure.low == figure.value == 0
    assert 0.5 < figure.high < 2


def test_shares_of_single_cases_are_exact_and_count_their_trials():
    evidence = cases(1, 300)
    figure = estimate(Measure("recall"), evidence)
    assert figure.n == int((evidence.label == 1).sum())
    assert estimate(Measure("accuracy"), evidence).n == 300


def test_clusters_are_drawn_as_a_whole():
    random = np.random.default_rng(0)
    cluster = np.repeat(np.arange(30), 20)
    skill = random.random(30) < 0.7
    label = random.integers(0, 2, 600)
    decision = np.where(skill[cluster], label, 1 - label)
    output = np.full((600, 2), 0.5)
    alone = Evidence(TaskName.CLASSIFY, output, label, "m", ("no", "yes"), decision=decision)
    whole = Evidence(**{**alone.__dict__, "cluster": cluster})
    single, grouped = (estimate(Measure("accuracy"), e) for e in (alone, whole))
    assert single.value == grouped.value
    # All cases of a cluster agree, so that 600 cases tell as much as 30: sqrt(20) times wider.
    assert width(grouped) / width(single) == pytest.approx(np.sqrt(20), rel=0.2)


def test_one_cluster_gives_no_interval():
    evidence = cases(0, 100, cluster=np.zeros(100, dtype=np.int64))
    for measure in (AUC, Measure("log_loss")):
        figure = estimate(measure, evidence)
        assert figure.value > 0.4
        assert np.isnan([figure.low, figure.high]).all()


def test_figures_of_large_tables_are_exact_though_resamples_share_bins(monkeypatch):
    evidence = cases(2, 5000, share=0.1)
    measures = [
        parse_measure(text)
        for text in ("roc_auc", "average_precision", "recall at precision 0.5", "precision at 50")
    ]
    fine = estimates(measures, evidence, replicates=300)
    monkeypatch.setattr(spread, "BINS", 1024)
    coarse = estimates(measures, evidence, replicates=300)
    for exact, binned in zip(fine, coarse, strict=True):
        assert binned.value == exact.value
        assert width(binned) == pytest.approx(width(exact), rel=0.15)


def test_a_figure_that_does_not_exist_is_nan_with_its_interval():
    evidence = cases(0, 50, share=0.0)
    figure = estimate(AUC, evidence)
    assert np.isnan([figure.value, figure.low, figure.high]).all()


def test_calibration_error_of_a_calibrated_model_may_be_zero():
    # Few cases make any model look uncalibrated; that alone must break no promise.
    low = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        score = random.random(300)
        label = (random.random(300) < score).astype(np.int64)
        output = np.stack([1 - score, score], axis=1)
        evidence = Evidence(TaskName.CLASSIFY, output, label, "m", ("no", "yes"))
        measure = Measure("expected_calibration_error")
        low.append(estimate(measure, evidence, replicates=200).low)
    assert np.mean(np.array(low) == 0) >= 0.85


def test_cases_without_a_label_are_left_out():
    evidence = cases(0, 400)
    observed = np.arange(400) < 300
    partly = Evidence(**{**evidence.__dict__, "observed": observed})
    assert estimate(AUC, partly) == estimate(AUC, evidence.take(observed))


def test_latencies_need_no_labels_and_have_exact_intervals():
    latency = np.random.default_rng(0).exponential(10, 1000)
    evidence = cases(0, 10, latency_ms=latency)
    figure = estimate(Measure("latency_p95"), evidence)
    assert figure.value == np.sort(latency)[949]
    assert figure.low < figure.value < figure.high
    assert figure.n == 1000
    assert np.isnan(estimate(Measure("latency_p50"), cases(0, 10)).value)


def test_a_difference_is_paired():
    evidence = cases(0, 1500)
    noise = np.random.default_rng(1).normal(0, 0.08, (1500, 1))
    worse = Evidence(**{**evidence.__dict__, "output": evidence.output + noise * [[-1, 1]]})
    gain = compare(AUC, evidence, worse)
    assert gain.value == pytest.approx(point(AUC, evidence) - point(AUC, worse))
    assert 0 < gain.low < gain.value < gain.high
    assert width(gain) < width(estimate(AUC, evidence)) / 2
    assert compare(AUC, worse, evidence).value == -gain.value


def test_a_difference_is_resampled_as_the_first_one_says():
    days = np.repeat(np.arange(30), 50)
    evidence = cases(0, 1500, cluster=days)
    noise = np.random.default_rng(1).normal(0, 0.08, (1500, 1))
    worse = evidence.output + noise * [[-1, 1]]
    gains = [
        compare(AUC, evidence, replace(evidence, output=worse, cluster=cluster))
        for cluster in (days, None)
    ]
    assert gains[0] == gains[1]


def test_a_difference_is_positive_where_lower_is_better():
    evidence = cases(0, 500)
    flat = Evidence(**{**evidence.__dict__, "output": np.full((500, 2), 0.5)})
    assert compare(Measure("log_loss"), evidence, flat).low > 0


def test_a_version_is_exactly_as_good_as_itself():
    evidence = cases(0, 200)
    gain = compare(AUC, evidence, evidence)
    assert (gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0)


def test_two_versions_that_never_differed_may_still_differ():
    evidence = cases(0, 200)
    scaled = Evidence(**{**evidence.__dict__, "output": evidence.output * [[1.0, 0.5]]})
    gain = compare(AUC, evidence, scaled)
    assert gain.value == 0.0
    assert gain.low < 0 < gain.high


def test_latencies_are_compared_unpaired():
    random = np.random.default_rng(0)
    fast = cases(0, 10, latency_ms=random.exponential(10, 800))
    slow = cases(0, 10, latency_ms=random.exponential(20, 900))
    gain = compare(Measure("latency_p50"), fast, slow)
    assert 0 < gain.low < gain.value < gain.high


def test_unequal_numbers_of_cases_cannot_be_paired():
    with pytest.raises(ValueError, match="10 and of 12 cases cannot be paired"):
        compare(AUC, cases(0, 10), cases(0, 12))


def test_parts_of_evidence_keep_rows_together():
    evidence = cases(0, 50, groups={"g": np.array(["a", "b"] * 25)}, cluster=np.arange(50))
    part = evidence.take(np.array([3, 1]))
    assert part.groups["g"].tolist() == ["b", "b"]
    assert part.cluster.tolist() == [3, 1]
    assert Prepared(part).label.tolist() == evidence.label[[3, 1]].tolist()
