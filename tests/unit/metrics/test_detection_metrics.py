"""Figures of anomaly scores, with labels and without."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, spearmanr
from sklearn import metrics as sk

from keel.metrics.bootstrap import compare, estimate, point
from keel.metrics.detect.time_to_detect import delays_ms
from keel.metrics.evidence import Evidence
from keel.metrics.obstacle import obstacle
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure, parse_measure, parse_promise


def evidence(n=400, seed=0, **more):
    random = np.random.default_rng(seed)
    label = (random.random(n) < 0.1).astype(np.int64)
    score = random.normal(size=n) + 2 * label
    return Evidence(
        TaskName.DETECT,
        score,
        label,
        "made up",
        ("normal", "anomaly"),
        (score > 1.5).astype(np.int64),
        **more,
    )


def days(*counts):
    day = np.repeat(np.arange(len(counts)), counts)
    return np.datetime64("2024-03-01", "us") + day * np.timedelta64(1, "D")


def value(text, of):
    return point(parse_measure(text), of)


def test_ranking_and_decisions_agree_with_scikit_learn():
    cases = evidence()
    label, score, decision = cases.label, cases.output, cases.decision
    expected = {
        "average_precision": sk.average_precision_score(label, score),
        "roc_auc": sk.roc_auc_score(label, score),
        "precision": sk.precision_score(label, decision),
        "recall": sk.recall_score(label, decision),
        "f1": sk.f1_score(label, decision),
        "mcc": sk.matthews_corrcoef(label, decision),
        "balanced_accuracy": sk.balanced_accuracy_score(label, decision),
        "false_alarms": np.mean(decision[label == 0]),
        "alerts": np.mean(decision),
        "precision at 20": np.mean(label[np.argsort(-score)[:20]]),
    }
    for text, figure in expected.items():
        assert value(text, cases) == pytest.approx(figure), text
        interval = estimate(parse_measure(text), cases, replicates=200)
        assert interval.low <= interval.value <= interval.high


def test_unlabelled_cases_count_where_no_label_is_needed_and_only_there():
    observed = np.arange(400) % 4 == 0
    cases = evidence(observed=observed)
    known = cases.take(observed)
    assert value("alerts", cases) == np.mean(cases.decision)
    for text in ("average_precision", "precision", "false_alarms", "f1"):
        assert value(text, cases) == pytest.approx(value(text, replace(known, observed=None)))
    nothing = evidence(observed=np.zeros(400, dtype=bool))
    assert np.isnan(value("average_precision", nothing))
    assert obstacle(Measure("false_alarms"), nothing.take(nothing.observed)) == "there are no cases"


def test_alerts_and_false_alarms_are_counted_by_day():
    cases = evidence(n=60, time=days(10, 20, 30))
    assert value("alerts per day", cases) == pytest.approx(cases.decision.sum() / 3)
    false = int((cases.decision * (1 - cases.label)).sum())
    assert value("false_alarms per day", cases) == pytest.approx(false / 3)
    timeless = replace(cases, time=None)
    assert np.isnan(value("alerts per day", timeless))


def test_few_days_have_the_exact_interval_of_a_count():
    """Garwood 1936 by chi-squared quantiles: a count of 10 has the interval 4.795 to 18.39."""
    cases = evidence(n=60, time=days(30, 30))
    cases = replace(cases, decision=(np.arange(60) < 10).astype(np.int64))
    found = estimate(parse_measure("alerts per day"), cases)
    assert (found.low * 2, found.high * 2) == pytest.approx(
        (chi2.ppf(0.025, 20) / 2, chi2.ppf(0.975, 22) / 2)
    )
    assert found.low * 2 == pytest.approx(4.795, abs=1e-3)
    none = estimate(
        parse_measure("alerts per day"), replace(cases, decision=np.zeros(60, np.int64))
    )
    assert (none.value, none.low) == (0, 0)
    assert none.high * 2 == pytest.approx(3.689, abs=1e-3)


def test_alerts_in_swarms_are_less_certain_than_single_ones():
    each = 50
    steady, swarms = np.zeros((2, 20 * each), dtype=np.int64)
    steady[::10] = 1
    swarms[: 2 * each] = 1
    cases = evidence(n=20 * each, time=days(*[each] * 20))
    calm, stormy = (
        estimate(parse_measure("alerts per day"), replace(cases, decision=decision))
        for decision in (steady, swarms)
    )
    assert calm.value == pytest.approx(5)
    assert stormy.value == pytest.approx(5)
    assert stormy.high - stormy.low > 3 * (calm.high - calm.low)


def test_an_incident_is_detected_when_its_first_case_is_flagged():
    minutes = np.datetime64("2024-03-01", "us") + np.arange(8) * np.timedelta64(1, "m")
    cases = Evidence(
        TaskName.DETECT,
        np.zeros(8),
        np.array([0, 1, 1, 1, 0, 1, 0, 1]),
        "made up",
        decision=np.array([0, 0, 0, 1, 0, 1, 1, 0]),
        time=minutes,
    )
    assert delays_ms(cases).tolist() == [120_000, 0, np.inf]
    assert value("time_to_detect", cases) == 120_000
    shuffled = cases.take(np.array([5, 3, 0, 7, 1, 6, 2, 4]))
    assert sorted(delays_ms(shuffled)) == [0, 120_000, np.inf]
    apart = replace(cases, unit=np.array(list("abaaaaaa")))
    assert sorted(delays_ms(apart)) == [0, 60_000, np.inf, np.inf]
    assert parse_promise("time_to_detect <= 5 min").bar == 300_000
    assert obstacle(Measure("time_to_detect"), replace(cases, time=None)) is not None


def test_agreement_and_stability_are_mean_rank_correlations():
    random = np.random.default_rng(3)
    others = random.normal(size=(400, 3)) + evidence().output[:, None]
    cases = evidence(rivals=others, refits=others[:, :1])
    expected = [spearmanr(cases.output, column).statistic for column in others.T]
    assert value("agreement", cases) == pytest.approx(np.mean(expected))
    assert value("stability", cases) == pytest.approx(expected[0])
    interval = estimate(Measure("agreement"), cases, replicates=200)
    assert 0 < interval.low < interval.value < interval.high < 1
    constant = replace(cases, output=np.zeros(400))
    assert value("agreement", constant) == 0
    assert np.isnan(value("agreement", evidence()))
    assert obstacle(Measure("agreement"), evidence()) == "no other detector answered these cases"


def test_a_threshold_must_be_there_where_flagged_cases_are_asked_about():
    with pytest.raises(ValueError, match="give evidence with one"):
        value("precision", replace(evidence(), decision=None))


def test_two_detectors_are_compared_case_by_case():
    ours, theirs = evidence(), evidence()
    worse = replace(theirs, output=np.random.default_rng(9).normal(size=400))
    gain = compare(Measure("average_precision"), ours, worse, replicates=300)
    assert gain.low > 0
