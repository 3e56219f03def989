"""Models answer like the library that fitted them, and like numbers worked out by hand."""

import numpy as np
import pytest
from algorithm_cases import algorithm_called, fitted, problem
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC, LinearSVC

from keel.train.matrix import Matrix


def _problem(name, classes, **chosen):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes, **chosen)
    return algorithm, matrix, label


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression(classes):
    algorithm, matrix, label = _problem("logistic", classes)
    model = fitted(algorithm, matrix, label, classes, {"C": 0.5})
    theirs = LogisticRegression(C=0.5, max_iter=300).fit(matrix.dense.astype(float), label)
    np.testing.assert_allclose(model.predict(matrix), theirs.predict_proba(matrix.dense), atol=1e-6)


def test_ridge_regression_in_the_unit_of_the_label():
    algorithm, matrix, label = _problem("linear", 0)
    model = fitted(algorithm, matrix, label, 0, {"penalty": "l2", "alpha": 1e-2})
    theirs = Ridge(alpha=1e-2 * len(label)).fit(matrix.dense.astype(float), label)
    np.testing.assert_allclose(
        model.predict(matrix)[:, 0], theirs.predict(matrix.dense.astype(float)), rtol=1e-5
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_linear_svm(classes):
    algorithm, matrix, label = _problem("linear_svm", classes)
    model = fitted(algorithm, matrix, label, classes, {"C": 0.3})
    theirs = LinearSVC(C=0.3, random_state=7).fit(matrix.dense.astype(float), label)
    values = theirs.decision_function(matrix.dense.astype(float)).reshape(len(label), -1)
    np.testing.assert_allclose(model.predict(matrix), values, atol=1e-5)


def test_kernel_svm():
    algorithm, matrix, label = _problem("rbf_svm", 2)
    model = fitted(algorithm, matrix, label, 2)
    dense = matrix.dense.astype(float)
    theirs = SVC(gamma=1 / (dense.shape[1] * dense.var())).fit(dense, label)
    np.testing.assert_allclose(
        model.predict(matrix)[:, 0], theirs.decision_function(dense), atol=1e-5
    )


@pytest.mark.parametrize("classes", [2, 12])
def test_gaussian_naive_bayes(classes):
    algorithm, matrix, label = _problem("naive_bayes", classes)
    model = fitted(algorithm, matrix, label, classes, {"var_smoothing": 1e-3})
    theirs = GaussianNB(var_smoothing=1e-3).fit(matrix.dense.astype(float), label)
    np.testing.assert_allclose(model.predict(matrix), theirs.predict_proba(matrix.dense), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "library"), [("multinomial", MultinomialNB), ("complement", ComplementNB)]
)
def test_naive_bayes_on_text_alone(kind, library):
    algorithm, matrix, label = _problem("naive_bayes", 3, text=True)
    words = Matrix(np.zeros((len(label), 0), dtype=np.float32), matrix.text)
    model = fitted(algorithm, words, label, 3, {"text": kind, "alpha": 0.5})
    theirs = library(alpha=0.5).fit(matrix.text, label)
    np.testing.assert_allclose(model.predict(words), theirs.predict_proba(matrix.text), atol=1e-6)


def test_naive_bayes_on_both_multiplies_the_likelihoods():
    algorithm, matrix, label = _problem("naive_bayes", 2, text=True)
    both = fitted(algorithm, matrix, label, 2).predict(matrix).astype(float)
    numbers = Matrix(matrix.dense, None)
    words = Matrix(np.zeros((len(label), 0), dtype=np.float32), matrix.text)
    odds = [
        np.log(p[:, 1] / p[:, 0])
        for p in (fitted(algorithm, m, label, 2).predict(m).astype(float) for m in (numbers, words))
    ]
    prior = np.log(label.mean() / (1 - label.mean()))
    np.testing.assert_allclose(
        np.log(both[:, 1] / both[:, 0]), odds[0] + odds[1] - prior, rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("classes", [0, 3])
def test_nearest_neighbours(classes):
    algorithm, matrix, label = _problem("nearest_neighbours", classes)
    model = fitted(algorithm, matrix, label, classes, {"neighbours": 7})
    asked, _ = problem(algorithm, classes, seed=3)
    if classes:
        theirs = KNeighborsClassifier(7).fit(matrix.dense, label).predict_proba(asked.dense)
    else:
        theirs = KNeighborsRegressor(7).fit(matrix.dense, label).predict(asked.dense)[:, None]
    np.testing.assert_allclose(model.predict(asked), theirs, rtol=1e-6)


def test_equally_near_rows_are_taken_in_their_order():
    algorithm = algorithm_called("nearest_neighbours")
    dense = np.repeat(np.array([[0.1], [0.7]], dtype=np.float32), 20, axis=0)
    label = np.arange(40.0)
    model = fitted(algorithm, Matrix(dense, None), label, 0, {"neighbours": 4})
    asked = Matrix(np.array([[0.1], [0.7], [0.3]], dtype=np.float32), None)
    np.testing.assert_allclose(model.predict(asked)[:, 0], [1.5, 21.5, 1.5])


def test_rows_beyond_the_limit_are_drawn_and_counted():
    algorithm = algorithm_called("nearest_neighbours")
    dense = np.zeros((12_000, 1), dtype=np.float32)
    dense[:, 0] = np.arange(12_000)
    model = fitted(algorithm, Matrix(dense, None), dense[:, 0].astype(float), 0)
    assert model.parameters["stored_rows"] == 10_000
    assert model.parameters["stored_by"] == "drawn at random, seed 7"


@pytest.mark.parametrize("classes", [0, 3])
def test_random_forest(classes):
    algorithm, matrix, label = _problem("random_forest", classes)
    chosen = {"n_estimators": 15, "min_samples_leaf": 3, "max_features": 0.5}
    model = fitted(algorithm, matrix, label, classes, chosen)
    library = RandomForestClassifier if classes else RandomForestRegressor
    cap = 400_000 // (15 * max(1, classes - 1))
    theirs = library(**chosen, max_leaf_nodes=cap, random_state=7).fit(matrix.dense, label)
    answers = theirs.predict_proba(matrix.dense) if classes else theirs.predict(matrix.dense)
    np.testing.assert_allclose(
        model.predict(matrix), answers.reshape(len(label), -1), rtol=1e-6, atol=1e-7
    )


def test_the_prior_is_the_weighted_share():
    algorithm = algorithm_called("prior")
    matrix = Matrix(np.zeros((4, 1), dtype=np.float32), None)
    weight = np.array([1.0, 1.0, 1.0, 3.0])
    model = fitted(algorithm, matrix, np.array([0, 0, 0, 1]), 2, weight=weight)
    np.testing.assert_allclose(model.predict(matrix)[0], [0.5, 0.5])


@pytest.mark.parametrize(("statistic", "expected"), [("mean", 26.5), ("median", 2.0)])
def test_the_constant_is_the_mean_or_the_median(statistic, expected):
    algorithm = algorithm_called("mean")
    matrix = Matrix(np.zeros((4, 1), dtype=np.float32), None)
    label = np.array([1.0, 2.0, 3.0, 100.0])
    model = fitted(algorithm, matrix, label, 0, {"statistic": statistic})
    assert model.predict(matrix)[0, 0] == pytest.approx(expected)
