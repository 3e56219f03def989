"""Points of charts are points of the exact curves."""

import numpy as np
import pytest
from sklearn import metrics as sk

from keel.evaluate.curves import POINTS, classify_points, confusion, regress_points
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.train.export.signature import Cut


def made(n=3000, classes=2, seed=0):
    random = np.random.default_rng(seed)
    label = random.integers(0, classes, n)
    logit = random.normal(size=(n, classes)) + 1.5 * np.eye(classes)[label]
    output = np.exp(logit) / np.exp(logit).sum(axis=1, keepdims=True)
    names = tuple("abcdefgh"[:classes])
    return Evidence(TaskName.CLASSIFY, output, label, "made up", names)


def test_curves_are_short_and_lie_on_the_exact_ones():
    evidence = made()
    points = classify_points(evidence)
    false_rate, true_rate, _ = sk.roc_curve(
        evidence.label, evidence.output[:, 1], drop_intermediate=False
    )
    (roc,) = points.roc
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    exact = set(zip(false_rate.round(12), true_rate.round(12), strict=True))
    assert set(zip(np.round(roc.x, 12), np.round(roc.y, 12), strict=True)) <= exact
    for curves in (points.roc, points.precision_recall, points.gain, points.lift):
        assert len(curves[0].x) <= POINTS
        assert np.diff(curves[0].x).min() >= 0
    area = np.trapezoid(roc.y, roc.x)
    assert area == pytest.approx(sk.roc_auc_score(evidence.label, evidence.output[:, 1]), abs=0.01)


def test_gain_and_lift_end_where_everything_is_taken():
    points = classify_points(made())
    assert (points.gain[0].x[-1], points.gain[0].y[-1]) == (1, 1)
    assert points.lift[0].y[-1] == pytest.approx(1.0)


def test_reliability_bins_hold_all_cases_once():
    evidence = made()
    (bins,) = classify_points(evidence).reliability
    assert sum(bins.counts) == len(evidence)
    assert len(bins.counts) == 10
    assert np.diff(bins.predicted).min() > 0
    assert all(a <= b <= c for a, b, c in zip(bins.low, bins.observed, bins.high, strict=True))


def test_the_operating_point_is_that_of_the_decision():
    evidence = made()
    decision = evidence.output.argmax(axis=1)
    (at,) = classify_points(evidence).operating
    assert at.recall == pytest.approx(sk.recall_score(evidence.label, decision))
    assert at.precision == pytest.approx(sk.precision_score(evidence.label, decision))
    assert at.flagged == pytest.approx(decision.mean())


def test_every_named_threshold_has_its_place_on_the_curves():
    evidence = made()
    cuts = [Cut(0.3, "review", "r", "w"), Cut(0.8, "block", "r", "w"), Cut(2.0, "never", "r", "w")]
    points = classify_points(evidence, cuts).operating
    assert [point.action for point in points] == ["review", "block"]
    blocked = evidence.output[:, 1] >= 0.8
    assert points[1].recall == pytest.approx(sk.recall_score(evidence.label, blocked))
    assert points[0].recall > points[1].recall


def test_actions_are_counted_by_class():
    evidence = made(300)
    taken = np.digitize(evidence.output[:, 1], [0.3, 0.8])
    found = confusion(evidence, ("pass", "review", "block"), taken)
    assert found.answers == ("pass", "review", "block")
    counts = np.array(found.counts)
    assert counts.shape == (2, 3)
    assert counts.sum(axis=1).tolist() == np.bincount(evidence.label).tolist()
    assert counts[:, 2].sum() == (evidence.output[:, 1] >= 0.8).sum()


def test_reliability_of_a_rare_class_reaches_beyond_nearly_nothing():
    random = np.random.default_rng(0)
    score = random.beta(0.02, 2.0, 50_000)
    label = (random.random(50_000) < score).astype(np.int64)
    output = np.column_stack([1 - score, score])
    (bins,) = classify_points(Evidence(TaskName.CLASSIFY, output, label, "made up")).reliability
    assert sum(value > 0.1 for value in bins.predicted) >= 5
    assert min(bins.counts) > 20


def test_several_classes_have_a_curve_each():
    points = classify_points(made(classes=8))
    assert [curve.name for curve in points.roc] == list("abcdef")
    assert points.operating == ()


def test_one_class_has_no_curves():
    evidence = made()
    alone = evidence.take(evidence.label == 0)
    assert classify_points(alone).roc == []
    assert not classify_points(alone.take(np.zeros(0, dtype=np.int64))).roc


def test_confusion_counts_label_by_decision():
    evidence = made(classes=3)
    found = confusion(evidence)
    expected = sk.confusion_matrix(evidence.label, evidence.output.argmax(axis=1))
    assert np.array_equal(found.counts, expected)
    assert found.positive is None
    assert confusion(made()).positive == "b"


def test_residuals_are_actual_minus_predicted_by_tenths():
    random = np.random.default_rng(0)
    predicted = random.random(1000)
    evidence = Evidence(TaskName.REGRESS, predicted, predicted + 2.0, "made up")
    points = regress_points(evidence)
    assert len(points.predicted) == 200
    assert [part.n for part in points.residuals] == [100] * 10
    assert all(part.median == pytest.approx(2.0) for part in points.residuals)
