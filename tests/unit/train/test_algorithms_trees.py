"""Trees: every decision in the graph is the decision of the library."""

import lightgbm
import numpy as np
import pytest
from algorithm_cases import algorithm_called, fitted, problem, scores_in_graph
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.train.matrix import Matrix
from keel.train.models.boosted_model import read_trees
from keel.train.models.trees import LEAF, round_down, sklearn_tree


@given(st.floats(-1e300, 1e300), st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_rounded_threshold_decides_like_the_double(threshold, value):
    edges = np.array([threshold])
    rounded = round_down(edges)[0]
    with np.errstate(over="ignore"):
        above = np.nextafter(rounded, np.float32(np.inf))
    for near in (np.float32(value), rounded, above):
        if np.isfinite(near):
            assert (np.float64(near) <= threshold) == (near <= rounded)


def test_a_threshold_halfway_between_two_values_sends_the_larger_right():
    below = np.float32(0.1)
    above = np.nextafter(below, np.float32(1))
    halfway = np.array([(np.float64(below) + np.float64(above)) / 2])
    assert round_down(halfway)[0] == below


def test_an_infinite_threshold_stays():
    assert round_down(np.array([np.inf, -np.inf])).tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize("name", ["decision_tree", "random_forest", "lightgbm"])
@pytest.mark.parametrize("classes", [0, 2, 3])
def test_values_on_and_beside_every_threshold_are_decided_alike(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes, rows=300)
    model = fitted(algorithm, matrix, label, classes)
    if name == "lightgbm":
        trees = read_trees(model.booster.model_to_string(), model.width)
    else:
        trees = [sklearn_tree(tree) for tree in model.trees]
    edges = np.concatenate([tree.threshold[tree.feature != LEAF] for tree in trees])
    edges = round_down(np.unique(edges)[:200])
    near = np.concatenate([edges, np.nextafter(edges, np.float32(9e9)), [np.float32(np.nan)]])
    rows = np.random.default_rng(0).choice(near, size=(500, matrix.dense.shape[1]))
    beside = Matrix(rows.astype(np.float32), None)
    native, graphed = model.predict(beside), scores_in_graph(model, beside)
    np.testing.assert_allclose(graphed, native, rtol=1e-5, atol=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.booleans())
def test_lightgbm_trees_answer_like_lightgbm(seed, missing):
    random = np.random.default_rng(seed)
    dense = np.round(random.normal(size=(120, 3)), 1)
    if missing:
        dense[random.random(dense.shape) < 0.2] = np.nan
    label = np.nan_to_num(dense).sum(axis=1)
    train = lightgbm.Dataset(dense, label)
    chosen = {"verbosity": -1, "num_leaves": 6, "min_data_in_leaf": 5, "num_threads": 1}
    booster = lightgbm.train(chosen, train, 4)
    trees = read_trees(booster.model_to_string(), 1)
    asked = np.vstack([dense, np.full((1, 3), np.nan), np.zeros((1, 3))])
    walked = [sum(_walk(tree, row) for tree in trees) for row in asked]
    np.testing.assert_allclose(walked, booster.predict(asked), rtol=1e-12)


def test_a_booster_without_a_split_is_one_leaf():
    algorithm = algorithm_called("lightgbm")
    matrix = Matrix(np.ones((30, 1), dtype=np.float32), None)
    model = fitted(algorithm, matrix, np.arange(30.0), 0)
    assert all(len(tree) == 1 for tree in read_trees(model.booster.model_to_string(), 1))
    np.testing.assert_allclose(scores_in_graph(model, matrix), model.predict(matrix), rtol=1e-6)


def test_a_forest_reports_its_nodes():
    algorithm = algorithm_called("random_forest")
    matrix, label = problem(algorithm, 2)
    model = fitted(algorithm, matrix, label, 2)
    assert model.parameters["nodes"] == sum(tree.node_count for tree in model.trees)


def _walk(tree, row):
    node = 0
    while tree.feature[node] != LEAF:
        value = row[tree.feature[node]]
        left = tree.missing_left[node] if np.isnan(value) else value <= tree.threshold[node]
        node = tree.left[node] if left else tree.right[node]
    return tree.value[node, 0]
