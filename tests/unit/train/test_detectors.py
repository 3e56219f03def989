"""What every detector must do, and what single ones compute."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
from algorithm_cases import assert_same_scores, exported, scores_in_graph
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.svm import OneClassSVM

from keel.errors import DeclarationError
from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit
from keel.train.catalogue import algorithms
from keel.train.matrix import Matrix
from keel.train.models.column_tails import column_tails
from keel.train.models.nearest import Nearest

DETECTORS = {n: a for n, a in algorithms(TaskName.DETECT).items() if not a.needs.sequence}
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
every_detector = pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=needs_torch) if n == "autoencoder" else n for n in DETECTORS],
)
FAST = {"isolation_forest": {"trees": 12}, "autoencoder": {"epochs": 3}}


def rows(count=160, columns=5, seed=0):
    dense = np.random.default_rng(seed).normal(size=(count, columns)).astype(np.float32)
    return Matrix(np.round(dense * 20) / np.float32(20))


def fitted(name, matrix, parameters=None, seed=7):
    chosen = {**FAST.get(name, {}), **(parameters or {})}
    return DETECTORS[name].fit(Fit(matrix, np.zeros(len(matrix)), None, 0, chosen, seed, 1))


def scored(name, matrix, others, parameters=None):
    return fitted(name, matrix, parameters).predict(others)[:, 0]


@every_detector
def test_model_and_graph_agree_on_rows_near_and_far(name):
    model = fitted(name, rows())
    far = np.array([[3e38] * 5, [-1e6] * 5, [1e6, -1e6, 0, 0, 0]], dtype=np.float32)
    for matrix in (rows(), rows(seed=9), rows(count=1), rows(count=0), Matrix(far)):
        native = model.predict(matrix)
        assert native.shape == (len(matrix), 1)
        assert_same_scores(native, scores_in_graph(model, matrix))


@every_detector
def test_every_option_fits_and_agrees(name):
    space = dict(DETECTORS[name].space(Facts(TaskName.DETECT, 96, 5, 0, False, False)))
    space.pop("trees", None)
    space.pop("epochs", None)
    for parameter, choice in space.items():
        options = choice.options if isinstance(choice, Choice) else (choice.low, choice.high)
        for option in options:
            whole = not isinstance(choice, Choice) and choice.whole
            model = fitted(name, rows(96), {parameter: round(option) if whole else option})
            assert_same_scores(model.predict(rows()), scores_in_graph(model, rows()))


@every_detector
def test_the_same_fit_gives_the_same_bytes_and_plain_parameters(name):
    one, other = fitted(name, rows()), fitted(name, rows())
    assert exported(one, rows()) == exported(other, rows())
    assert json.loads(json.dumps(dict(one.parameters), allow_nan=False)) == dict(other.parameters)
    assert one.scores == "anomaly"


@every_detector
@pytest.mark.parametrize("columns", ["one", "one constant", "constants only", "copies"])
def test_poor_matrices_are_survived(name, columns):
    dense = rows().dense[:, :1] if columns == "one" else rows().dense.copy()
    dense[:, 1:2] = 3.0
    if columns == "constants only":
        dense[:] = 3.0
    if columns == "copies":
        dense[20:] = dense[0]
    poor = Matrix(np.ascontiguousarray(dense))
    model = fitted(name, poor)
    assert_same_scores(model.predict(poor), scores_in_graph(model, poor))


@every_detector
def test_four_rows_are_enough_to_fit(name):
    model = fitted(name, rows(4))
    assert_same_scores(model.predict(rows(4)), scores_in_graph(model, rows(4)))


@every_detector
def test_rows_far_from_all_others_score_highest(name):
    if name == "constant":
        return
    inside, outside = rows(300, seed=3), Matrix(rows(20, seed=4).dense + np.float32(6))
    model = fitted(name, rows(600), {"epochs": 20} if name == "autoencoder" else None)
    assert np.median(model.predict(outside)) > model.predict(inside).max()


@every_detector
def test_an_unknown_parameter_is_refused(name):
    with pytest.raises(DeclarationError, match="'depht' is not a parameter"):
        fitted(name, rows(), {"depht": 3})


def test_z_scores_are_those_of_the_worst_column_or_of_all():
    matrix = Matrix(np.array([[0, 0], [2, 10]], dtype=np.float32))
    others = Matrix(np.array([[1, 5], [3, 5], [1, 20]], dtype=np.float32))
    np.testing.assert_allclose(scored("z_score", matrix, others), [0, 2, 3])
    np.testing.assert_allclose(scored("z_score", matrix, others, {"join": "mean"}), [0, 1, 1.5])


def test_quartiles_are_measured_in_interquartile_ranges():
    matrix = Matrix(np.arange(5, dtype=np.float32)[:, None])
    others = Matrix(np.array([[2], [3], [6], [-3]], dtype=np.float32))
    np.testing.assert_allclose(scored("interquartile", matrix, others), [-0.5, 0, 1.5, 2])


def test_distances_are_those_of_scikit_learn():
    found = NearestNeighbors(n_neighbors=5).fit(rows().dense.astype(np.float64))
    expected = found.kneighbors(rows(seed=9).dense)[0]
    largest = scored("neighbour_distance", rows(), rows(seed=9))
    mean = scored("neighbour_distance", rows(), rows(seed=9), {"distance": "mean"})
    np.testing.assert_allclose(largest, expected[:, -1], rtol=1e-6)
    np.testing.assert_allclose(mean, expected.mean(axis=1), rtol=1e-6)


def test_equal_rows_are_at_distance_zero_exactly_and_the_earlier_goes_first():
    points = np.tile((rows(8).dense * np.float32(1e3)).astype(np.float64), (3, 1))
    distances, numbers = Nearest(points, 3).find(points[:8].astype(np.float32))
    assert (distances == 0).all()
    assert numbers.tolist() == [[i, i + 8, i + 16] for i in range(8)]


def test_outlier_factors_are_those_of_scikit_learn():
    library = LocalOutlierFactor(n_neighbors=20, novelty=True)
    library.fit(rows().dense.astype(np.float64))
    expected = -library.score_samples(rows(seed=9).dense.astype(np.float64))
    np.testing.assert_allclose(
        scored("local_outlier_factor", rows(), rows(seed=9)), expected, rtol=1e-5
    )


def test_isolation_and_kernel_scores_are_those_of_scikit_learn():
    library = IsolationForest(n_estimators=12, max_samples=160, random_state=7).fit(rows().dense)
    expected = -library.score_samples(rows(seed=9).dense)
    np.testing.assert_allclose(
        scored("isolation_forest", rows(), rows(seed=9)), expected, rtol=1e-5
    )
    svm = OneClassSVM(nu=0.5, gamma="scale").fit(rows().dense.astype(np.float64))
    expected = -svm.decision_function(rows(seed=9).dense.astype(np.float64)) / svm.dual_coef_.sum()
    np.testing.assert_allclose(
        scored("one_class_svm", rows(), rows(seed=9)), expected, rtol=1e-3, atol=1e-4
    )


def test_a_threshold_on_kernel_scores_outlives_a_refit_on_more_rows():
    few, many = (scored("one_class_svm", rows(n), rows(400, seed=9)) for n in (200, 2000))
    assert np.quantile(few, 0.95) == pytest.approx(np.quantile(many, 0.95), rel=0.3)


def test_isolation_forests_may_look_at_some_columns_each():
    model = fitted("isolation_forest", rows(), {"columns_per_tree": 0.5})
    assert_same_scores(model.predict(rows(seed=9)), scores_in_graph(model, rows(seed=9)))


def test_robust_covariance_is_not_bent_by_a_clump_of_anomalies():
    clump = np.full((20, 5), 8, dtype=np.float32) + rows(20, seed=5).dense / 10
    mixed = Matrix(np.concatenate([rows(180).dense, clump]))
    scores = scored("robust_covariance", mixed, mixed)
    assert scores[-20:].min() > scores[:-20].max()


def test_tail_scores_follow_the_definition():
    """A value counts as one more than the four fitting rows 1, 2, 2, 5, skewed to the right."""
    matrix = Matrix(np.array([[1], [2], [2], [5]], dtype=np.float32))
    others = Matrix(np.array([[0], [1], [1.5], [2], [4], [5], [9]], dtype=np.float32))
    not_above = np.array([1, 2, 2, 4, 4, 5, 5]) / 5
    not_below = np.array([5, 5, 4, 4, 2, 2, 1]) / 5
    left, right = -np.log(not_above), -np.log(not_below)
    np.testing.assert_allclose(scored("ecod", matrix, others), np.maximum(left, right), rtol=1e-6)
    np.testing.assert_allclose(
        scored("copod", matrix, others), np.maximum(right, (left + right) / 2), rtol=1e-6
    )


def test_of_many_distinct_values_the_outer_ones_keep_a_step_each():
    column = np.random.default_rng(0).normal(size=(50_000, 20)).astype(np.float32)
    model = fitted("ecod", Matrix(column))
    assert model.parameters["steps"] < 20 * 11_000
    everything = column_tails(column[:, :1], lambda left, right, _skew: np.maximum(left, right))[0]
    coarse = model.columns[0]
    rare = np.sort(column[:, 0])[[0, 1, 100, -100, -2, -1]]
    np.testing.assert_allclose(coarse.of(rare), everything.of(rare), rtol=1e-3)
    usual = np.quantile(column[:, 0], [0.1, 0.4, 0.6, 0.9]).astype(np.float32)
    np.testing.assert_allclose(coarse.of(usual), everything.of(usual), atol=1e-3)


def test_stored_rows_are_at_most_ten_thousand_and_said():
    many = rows(10_500, 2)
    for name in ("neighbour_distance", "local_outlier_factor"):
        assert fitted(name, many).parameters["stored_rows"] == 10_000
    assert fitted("one_class_svm", many, {"nu": 0.01}).parameters["fitted_rows"] == 10_000


def test_a_detector_without_its_library_is_skipped_with_what_to_install():
    reason = DETECTORS["autoencoder"].skip(Facts(TaskName.DETECT, 500, 5, 0, False, False))
    assert reason is None or "pip install keel-ml[deep]" in reason
