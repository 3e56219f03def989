from dataclasses import replace

import numpy as np
import pytest
from graph_case import run_scores
from scipy.optimize import isotonic_regression, minimize_scalar
from sklearn.calibration import _SigmoidCalibration

from keel.train.calibration.calibrate import choose_calibration
from keel.train.calibration.calibrator import Scored, calibrator_names, find_calibrator
from keel.train.calibrators.isotonic import fit_rising
from keel.train.calibrators.sigmoid import fit_line


def scored(classes, kind, cases=3000, sharpness=2.0, seed=0):
    """Scores that are too sure by `sharpness`, as a model of so many classes gives them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(cases, classes)) * 1.5
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    label = (rng.random((cases, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    sure = logits * sharpness
    if kind == "probability":
        powers = np.exp(sure)
        scores = powers / powers.sum(axis=1, keepdims=True)
    else:
        scores = sure[:, 1:] - sure[:, :1] if classes == 2 else sure
    return Scored(scores.astype(np.float32), label, kind)


CASES = [(2, "probability"), (2, "decision"), (4, "probability"), (4, "decision")]


def extremes(case):
    """The case's scores, and some at the ends of what there is."""
    width = case.scores.shape[1]
    ends = [[-1e30] * width, [1e30] * width, [0.0] * width]
    if case.kind == "probability":
        ends = [[1.0] + [0.0] * (width - 1), [0.0] * (width - 1) + [1.0], [1 / width] * width]
    return np.concatenate([case.scores, np.array(ends, dtype=np.float32)])


@pytest.mark.parametrize("name", calibrator_names())
@pytest.mark.parametrize(("classes", "kind"), CASES)
def test_a_calibrator_gives_probabilities_and_its_graph_gives_the_same(name, classes, kind):
    case = scored(classes, kind)
    fitted = find_calibrator(name).fit(case)
    scores = extremes(case)
    native = fitted.apply(scores)
    assert fitted.name == name
    assert native.shape == (len(scores), classes)
    assert np.isfinite(native).all()
    np.testing.assert_allclose(native.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(run_scores(scores, fitted.graph), native, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cases", [200, 2000])
def test_the_line_is_that_of_scikit_learns_sigmoid(cases):
    case = scored(2, "decision", cases)
    logits = case.scores[:, 0].astype(np.float64)
    theirs = _SigmoidCalibration().fit(logits, case.label)
    slope, shift = fit_line(logits, case.label == 1)
    assert slope == pytest.approx(-theirs.a_, rel=1e-3)
    assert shift == pytest.approx(-theirs.b_, abs=1e-3)


def test_labels_that_the_score_divides_perfectly_leave_a_finite_line():
    logits = np.array([-2.0, -1.0, 1.0, 2.0])
    slope, shift = fit_line(logits, logits > 0)
    assert np.isfinite([slope, shift]).all()
    # Platt's smoothed targets: 3/4 and 1/4 at the mean, not 1 and 0.
    assert 1 / (1 + np.exp(-slope * 1.5 - shift)) == pytest.approx(0.75, abs=0.05)


def test_the_rising_line_goes_through_pooled_neighbours():
    logits = np.arange(100.0)
    positive = np.random.default_rng(0).random(100) < logits / 100
    line = fit_rising(logits, positive)
    pooled = isotonic_regression(positive.astype(float)).x
    expected = np.clip(np.unique(pooled), 1 / 102, 1 - 1 / 102)
    np.testing.assert_allclose(line.probability, expected, rtol=1e-9)
    assert (np.diff(line.apply(np.linspace(-5, 105, 500))) >= 0).all()


def test_temperature_finds_how_much_too_sure_the_scores_are():
    fitted = find_calibrator("temperature").fit(scored(4, "decision", sharpness=3.0))
    assert fitted.parameters["temperature"] == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize(("classes", "kind"), CASES)
@pytest.mark.parametrize("sharpness", [0.3, 1.0, 6.0])
def test_temperature_is_where_the_loss_is_least(classes: int, kind: str, sharpness: float):
    case = scored(classes, kind, cases=500, sharpness=sharpness)
    fitted = find_calibrator("temperature").fit(case)

    def loss(logarithm: float) -> float:
        cooled = replace(fitted, temperature=float(np.exp(logarithm)))
        chances = cooled.apply(case.scores).astype(np.float64)
        return float(-np.log(np.maximum(chances[np.arange(500), case.label], 1e-30)).mean())

    best = minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-6})
    assert fitted.parameters["temperature"] == pytest.approx(np.exp(best.x), rel=0.02)


def test_scores_without_a_mistake_or_without_a_hit_give_the_ends_of_the_range():
    scores = np.array([[0.0, 1.0], [1.0, 0.0]], dtype=np.float32)
    fit = find_calibrator("temperature").fit
    right, wrong = np.array([1, 0]), np.array([0, 1])
    assert fit(Scored(scores, right, "decision")).temperature == pytest.approx(0.02, rel=1e-5)
    assert fit(Scored(scores, wrong, "decision")).temperature == pytest.approx(50.0, rel=1e-5)


def test_calibrators_that_take_a_fit_for_each_of_very_many_classes_are_left_out_and_named():
    chosen = choose_calibration(scored(120, "decision", cases=2000), 120, seed=1)
    assert set(chosen.log_loss) == {"none", "temperature"}
    assert chosen.why.endswith("not tried, with 120 classes to fit one by one: sigmoid, isotonic")


def test_scores_that_are_right_are_left_alone():
    chosen = choose_calibration(scored(2, "probability", sharpness=1.0), 2, seed=1)
    assert chosen.calibrator.name == "none"
    assert set(chosen.log_loss) == {"none", "sigmoid", "isotonic"}
    assert chosen.why.startswith("none: the simplest within one standard error")


def test_scores_that_are_too_sure_are_calibrated():
    assert choose_calibration(scored(2, "probability"), 2, seed=1).calibrator.name == "sigmoid"
    assert choose_calibration(scored(4, "decision"), 4, seed=1).calibrator.name == "temperature"


def test_isotonic_is_not_tried_on_few_cases_of_a_class():
    chosen = choose_calibration(scored(2, "probability", cases=1500), 2, seed=1)
    assert "isotonic" not in chosen.log_loss


def test_a_declared_calibration_is_taken_and_an_unknown_one_named():
    assert choose_calibration(scored(2, "decision"), 2, 1, name="isotonic").why.endswith("declared")
    with pytest.raises(KeyError, match="'platt' is not a calibration: auto, isotonic"):
        find_calibrator("platt")


def test_two_scores_a_rounding_apart_get_probabilities_a_rounding_apart():
    case = scored(2, "probability", cases=20_000)
    fitted = find_calibrator("isotonic").fit(case)
    moved = case.scores.copy()
    moved[:, 1] = np.minimum(case.scores[:, 1] * np.float32(1 + 3e-7), 1)
    moved[:, 0] = 1 - moved[:, 1]
    assert np.abs(fitted.apply(case.scores) - fitted.apply(moved)).max() < 1e-4
