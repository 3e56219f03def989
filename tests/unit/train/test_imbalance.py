"""What every way to treat imbalance must do, and what each does besides."""

import numpy as np
import pytest
from algorithm_cases import algorithm_called, assert_same_scores, exported, scores_in_graph

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit
from keel.train.imbalance.fit_under import fit_under
from keel.train.imbalance.method import ORDER, methods
from keel.train.imbalance.mixed import read_mixed
from keel.train.matrix import Matrix

FACTS = Facts(TaskName.CLASSIFY, 400, 5, 2, False, False)

every_method = pytest.mark.parametrize("name", list(methods()))


def _rare(rows=400, classes=2, seed=0):
    """Numbers, a one-hot category of three, a flag; one row in ten is of a rare class."""
    random = np.random.default_rng(seed)
    label = np.where(random.random(rows) < 0.1, random.integers(1, classes, rows), 0)
    numbers = random.normal(size=(rows, 2)) + label[:, None]
    city = np.eye(3)[random.integers(0, 3, rows)]
    flag = random.integers(0, 2, (rows, 1))
    dense = np.hstack([numbers, city, flag]).astype(np.float32)
    names = ("age", "pay", "city = a", "city = b", "city is rare", "flag")
    return Matrix(dense, None, names), label.astype(np.int64)


def test_methods_come_the_least_intrusive_first():
    assert tuple(methods()) == ORDER


@every_method
@pytest.mark.parametrize("classes", [2, 4])
def test_a_seed_settles_the_rows(name, classes):
    matrix, label = _rare(classes=classes)
    one, other = (methods()[name].apply(matrix, label, 5) for _ in range(2))
    np.testing.assert_array_equal(one[0].dense, other[0].dense)
    np.testing.assert_array_equal(one[1], other[1])
    assert len(one[0]) == len(one[1])
    assert one[0].dense.dtype == np.float32
    assert one[0].names == matrix.names
    assert one[1].dtype == np.int64


@every_method
def test_the_given_rows_are_left_untouched(name):
    matrix, label = _rare()
    before, codes = matrix.dense.copy(), label.copy()
    methods()[name].apply(matrix, label, 5)
    np.testing.assert_array_equal(matrix.dense, before)
    np.testing.assert_array_equal(label, codes)


@every_method
def test_a_fold_with_one_class_or_one_rare_row_is_survived(name):
    matrix, _ = _rare()
    for codes in (np.zeros(400, dtype=np.int64), (np.arange(400) == 7).astype(np.int64)):
        treated, left, _ = methods()[name].apply(matrix, codes, 5)
        assert len(treated) == len(left)
        assert set(left) == set(codes)


@pytest.mark.parametrize("name", ["under_sample", "over_sample", "smote", "balanced_bagging"])
@pytest.mark.parametrize("classes", [2, 4])
def test_all_classes_are_brought_to_one_size(name, classes):
    matrix, label = _rare(classes=classes)
    _, codes, weight = methods()[name].apply(matrix, label, 5)
    assert len(set(np.bincount(codes))) == 1
    assert weight is None


def test_class_weights_give_every_class_the_same_sum():
    matrix, label = _rare(classes=4)
    _, codes, weight = methods()["class_weight"].apply(matrix, label, 5)
    sums = np.bincount(codes, weights=weight)
    np.testing.assert_allclose(sums, len(label) / 4)


def test_class_weights_are_those_of_the_textbook():
    """n / (classes x count), the `balanced` heuristic of King & Zeng (2001)."""
    matrix = Matrix(np.zeros((4, 1), dtype=np.float32), None)
    _, _, weight = methods()["class_weight"].apply(matrix, np.array([0, 0, 0, 1]), 5)
    np.testing.assert_allclose(weight, [2 / 3, 2 / 3, 2 / 3, 2])


def test_over_sampling_keeps_every_row_and_copies_only_the_rare():
    matrix, label = _rare()
    treated, codes, _ = methods()["over_sample"].apply(matrix, label, 5)
    np.testing.assert_array_equal(treated.dense[:400], matrix.dense)
    assert (codes[400:] == 1).all()
    known = {tuple(row) for row in matrix.dense[label == 1].tolist()}
    assert {tuple(row) for row in treated.dense[400:].tolist()} <= known


def test_under_sampling_keeps_the_text_of_the_rows_it_keeps():
    from scipy import sparse

    _, label = _rare()
    text = sparse.csr_matrix(np.arange(400, dtype=np.float32)[:, None])
    told = Matrix(np.arange(400, dtype=np.float32)[:, None], text)
    treated, _, _ = methods()["under_sample"].apply(told, label, 5)
    np.testing.assert_array_equal(treated.text.toarray(), treated.dense)


def test_smote_keeps_every_row_and_invents_whole_categories():
    matrix, label = _rare()
    treated, codes, _ = methods()["smote"].apply(matrix, label, 5)
    np.testing.assert_array_equal(treated.dense[:400], matrix.dense)
    invented = treated.dense[400:]
    assert (codes[400:] == 1).all()
    np.testing.assert_array_equal(invented[:, 2:5].sum(axis=1), 1)
    assert set(np.unique(invented[:, 2:])) <= {0.0, 1.0}
    rare = matrix.dense[label == 1]
    assert (invented[:, :2] >= rare[:, :2].min(axis=0) - 1e-4).all()
    assert (invented[:, :2] <= rare[:, :2].max(axis=0) + 1e-4).all()


def test_smote_serves_categories_alone_and_numbers_alone():
    matrix, label = _rare()
    for columns in (slice(2, 6), slice(0, 2)):
        part = Matrix(np.ascontiguousarray(matrix.dense[:, columns]), None, matrix.names[columns])
        treated, codes, _ = methods()["smote"].apply(part, label, 5)
        assert len(set(np.bincount(codes))) == 1
        assert np.isfinite(treated.dense).all()


def test_smote_invents_no_missing_number():
    matrix, label = _rare()
    dense = matrix.dense.copy()
    dense[::7, 0] = np.nan
    treated, _, _ = methods()["smote"].apply(Matrix(dense, None, matrix.names), label, 5)
    assert np.isfinite(treated.dense[400:]).all()
    np.testing.assert_array_equal(treated.dense[:400], dense)


def test_one_hot_columns_of_one_category_are_read_as_one():
    matrix, _ = _rare()
    mixed = read_mixed(matrix)
    assert mixed.numbers == (0, 1)
    assert mixed.groups == ((2, 3, 4), (5,))
    np.testing.assert_allclose(mixed.matrix_of(mixed.values), matrix.dense, atol=1e-6)


def test_adasyn_is_skipped_on_categories_with_the_reason():
    facts = Facts(TaskName.CLASSIFY, 400, 5, 2, False, False, has_categories=True)
    assert "category" in methods()["adasyn"].skip(facts, np.array([360, 40]))
    assert methods()["adasyn"].skip(FACTS, np.array([360, 40])) is None


def test_what_invents_rows_is_skipped_on_text_few_rows_and_many():
    text = Facts(TaskName.CLASSIFY, 400, 5, 2, True, False)
    assert methods()["smote"].skip(text, np.array([360, 40])) == "SMOTE cannot invent text"
    assert "5 rows" in methods()["smote"].skip(FACTS, np.array([360, 5]))
    assert "200000" in methods()["smote"].skip(FACTS, np.array([900_000, 40_000]))


def test_under_sampling_is_skipped_where_nothing_would_be_left():
    assert "12 rows" in methods()["under_sample"].skip(FACTS, np.array([360, 12]))
    assert "12 rows" in methods()["balanced_bagging"].skip(FACTS, np.array([360, 12]))


@every_method
@pytest.mark.parametrize("algorithm", ["logistic", "lightgbm", "linear_svm"])
def test_a_model_under_every_method_agrees_with_its_graph(name, algorithm):
    matrix, label = _rare()
    chosen = algorithm_called(algorithm)
    parameters = {"rounds": 8} if chosen.needs.early_stopping else {}
    fit = Fit(matrix, label, None, 2, parameters, 7, 1)
    one, other = (fit_under(methods()[name], chosen, fit) for _ in range(2))
    assert_same_scores(one.predict(matrix), scores_in_graph(one, matrix))
    assert exported(one, matrix) == exported(other, matrix)


def test_bagging_averages_models_of_different_draws():
    matrix, label = _rare()
    fit = Fit(matrix, label, None, 2, {"rounds": 8}, 7, 1)
    bagged = fit_under(methods()["balanced_bagging"], algorithm_called("lightgbm"), fit)
    assert len(bagged.models) == 10
    assert bagged.parameters["bags"] == 10
    assert bagged.parameters["rounds"] == 8
    first, second = (model.predict(matrix) for model in bagged.models[:2])
    assert np.abs(first - second).max() > 0.01


def test_values_are_fitted_as_they_are():
    matrix, label = _rare()
    fit = Fit(matrix, label.astype(np.float64), None, 0, {}, 7, 1)
    model = fit_under(methods()["balanced_bagging"], algorithm_called("linear"), fit)
    assert model.scores == "value"
