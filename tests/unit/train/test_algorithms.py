"""What every algorithm of the catalogue must do, whatever it is."""

import json

import numpy as np
import pytest
from algorithm_cases import (
    algorithm_called,
    as_label,
    assert_same_scores,
    cases,
    exported,
    fitted,
    problem,
    scores_in_graph,
)

from keel.errors import DeclarationError
from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts
from keel.train.catalogue import SIMPLICITY, algorithms
from keel.train.matrix import Matrix
from keel.train.models.picks import default, rarest_share

BASELINES = ("prior", "mean")

every_case = cases(lambda *_: True)
COUNTS_WEIGHTS = {
    "prior": {},
    "mean": {},
    "linear": {"penalty": "none"},
    "logistic": {"penalty": "l2"},
    "naive_bayes": {},
    "decision_tree": {"min_samples_leaf": 1},
}
"""What neither draws at random nor has settings that count rows."""

every_algorithm = pytest.mark.parametrize("name", list(algorithms()))


def _facts(classes, rows=160, columns=5, text=False):
    task = TaskName.CLASSIFY if classes else TaskName.REGRESS
    return Facts(task, rows, columns, classes, text, False)


def test_the_order_of_simplicity_names_every_algorithm_once():
    assert sorted(SIMPLICITY) == sorted(algorithms())
    assert list(algorithms()) == SIMPLICITY


def test_the_catalogue_gives_only_what_can_be_asked():
    assert "prior" not in algorithms(TaskName.REGRESS)
    assert "linear" not in algorithms(TaskName.CLASSIFY)


@every_case
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_model_and_graph_agree(name, classes, weighted):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    weight = np.random.default_rng(1).uniform(0.2, 5.0, len(label)) if weighted else None
    model = fitted(algorithm, matrix, label, classes, weight=weight)
    others, _ = problem(algorithm, classes, seed=9)
    for rows in (matrix, others, others.take(np.arange(1)), others.take(np.arange(0))):
        assert_same_scores(model.predict(rows), scores_in_graph(model, rows))


@every_case
def test_every_option_of_every_choice_fits_and_agrees(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes, rows=96)
    space = dict(algorithm.space(_facts(classes, rows=96)))
    space.pop("n_estimators", None)
    for parameter, choice in space.items():
        options = choice.options if isinstance(choice, Choice) else (choice.low, choice.high)
        for option in options:
            whole = not isinstance(choice, Choice) and choice.whole
            value = round(option) if whole else option
            model = fitted(algorithm, matrix, label, classes, {parameter: value})
            assert_same_scores(model.predict(matrix), scores_in_graph(model, matrix))


@every_case
def test_the_same_fit_gives_the_same_bytes(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    one, other = (fitted(algorithm, matrix, label, classes) for _ in range(2))
    assert exported(one, matrix) == exported(other, matrix)
    assert one.parameters == other.parameters
    assert exported(one, matrix) == exported(one, matrix)


@every_case
def test_scores_have_the_promised_shape(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    model = fitted(algorithm, matrix, label, classes)
    scores = model.predict(matrix)
    if model.scores == "probability":
        assert scores.shape == (len(label), classes)
        np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-5)
        assert scores.min() >= 0
    elif model.scores == "decision":
        assert scores.shape == (len(label), 1 if classes == 2 else classes)
    else:
        assert not classes
        assert scores.shape == (len(label), 1)


@every_case
def test_parameters_are_plain_values(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    parameters = dict(fitted(algorithm, matrix, label, classes).parameters)
    assert json.loads(json.dumps(parameters, allow_nan=False)) == parameters


@cases(lambda algorithm, _: algorithm.name not in BASELINES)
def test_it_learns_more_than_the_baseline(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes, rows=400)
    rows = {} if not algorithm.needs.early_stopping else {"rounds": 60}
    model = fitted(algorithm, matrix, label, classes, rows)
    scores = model.predict(matrix)
    if not classes:
        error = np.mean((scores[:, 0] - label) ** 2)
        assert error < 0.5 * label.var()
        return
    binary_decision = scores.shape[1] == 1
    codes = (scores[:, 0] > 0).astype(int) if binary_decision else scores.argmax(axis=1)
    assert np.mean(codes == label) > 1.6 / classes


@every_case
@pytest.mark.parametrize("columns", ["one", "one constant", "constants only"])
def test_poor_matrices_are_survived(name, classes, columns):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    dense = matrix.dense[:, :1] if columns == "one" else matrix.dense.copy()
    dense[:, 1:2] = 3.0
    if columns == "constants only":
        dense[:] = 3.0
    poor = Matrix(np.ascontiguousarray(dense), None)
    model = fitted(algorithm, poor, label, classes)
    assert_same_scores(model.predict(poor), scores_in_graph(model, poor))


@every_case
def test_two_rows_per_class_are_enough_to_fit(name, classes):
    algorithm = algorithm_called(name)
    matrix, _ = problem(algorithm, classes, rows=2 * max(2, classes))
    label = as_label(np.arange(len(matrix)), classes)
    model = fitted(algorithm, matrix, label, classes)
    assert_same_scores(model.predict(matrix), scores_in_graph(model, matrix))


@every_case
@pytest.mark.parametrize("size", [1e6, 3e38])
def test_extreme_values_give_finite_answers(name, classes, size):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    model = fitted(algorithm, matrix, label, classes)
    far = np.array([[size] * 5, [-size] * 5, [size, -size, 0, 0, 0]], dtype=np.float32)
    rows = Matrix(far, None)
    assert_same_scores(model.predict(rows), scores_in_graph(model, rows))


@cases(lambda _, classes: classes > 0)
def test_rows_that_lack_a_class_are_answered_for_all(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    for seen in ([1], [0, classes - 1], list(range(1, classes))):
        rows = np.flatnonzero(np.isin(label, seen))
        model = fitted(algorithm, matrix.take(rows), label[rows], classes)
        scores = model.predict(matrix)
        assert_same_scores(scores, scores_in_graph(model, matrix))
        if scores.shape[1] == classes:
            assert np.isin(scores.argmax(axis=1), seen).all()


@cases(lambda algorithm, _: algorithm.needs.early_stopping)
def test_a_validation_part_settles_the_rounds(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    held_out = problem(algorithm, classes, rows=80, seed=4)
    stopped = fitted(algorithm, matrix, label, classes, {"rounds": 15}, validation=held_out)
    rounds = stopped.parameters["rounds"]
    assert 1 <= rounds <= 15
    again = fitted(algorithm, matrix, label, classes, {"rounds": rounds})
    assert again.parameters["rounds"] == rounds
    assert_same_scores(again.predict(matrix), stopped.predict(matrix))


@cases(lambda algorithm, _: algorithm.name in COUNTS_WEIGHTS)
def test_a_weight_counts_like_repeated_rows(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    weight = np.random.default_rng(3).integers(1, 4, len(label))
    rows = np.repeat(np.arange(len(label)), weight)
    chosen = COUNTS_WEIGHTS[name]
    one = fitted(algorithm, matrix, label, classes, chosen, weight.astype(np.float64))
    other = fitted(algorithm, matrix.take(rows), label[rows], classes, chosen)
    np.testing.assert_allclose(
        one.predict(matrix), other.predict(matrix), rtol=2e-3, atol=2e-3 * (not classes or 1)
    )


@cases(lambda algorithm, _: algorithm.needs.missing)
def test_a_value_may_be_missing_that_never_was_while_fitting(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    full = Matrix(np.nan_to_num(matrix.dense, nan=0.25), None)
    model = fitted(algorithm, full, label, classes)
    assert_same_scores(model.predict(matrix), scores_in_graph(model, matrix))


@every_algorithm
def test_reasons_to_skip_are_sentences_with_their_number(name):
    algorithm = algorithm_called(name)
    for task in algorithm.tasks:
        classes = 500 if task is TaskName.CLASSIFY else 0
        for rows, columns in ((10, 1), (1_000_000, 30), (5_000, 10_000)):
            reason = algorithm.skip(Facts(task, rows, columns, classes, False, False))
            needs_more = reason is not None and "pip install" in reason
            assert reason is None or needs_more or any(c.isdigit() for c in reason)


def test_the_kernel_is_skipped_where_the_rows_are_too_many():
    reason = algorithm_called("rbf_svm").skip(_facts(2, rows=50_000))
    assert "50000 rows" in reason
    assert "8000" in reason


@every_algorithm
def test_defaults_lie_in_their_space(name):
    algorithm = algorithm_called(name)
    for task in algorithm.tasks:
        classes = 2 if task is TaskName.CLASSIFY else 0
        for rows in (20, 2_000_000):
            for choice in algorithm.space(_facts(classes, rows=rows, text=True)).values():
                if not isinstance(choice, Choice):
                    assert choice.low <= default(choice) <= choice.high


def test_boosting_tells_a_rare_class_apart_by_single_values_and_starts_from_even_odds():
    def defaults(rows, rarest):
        facts = Facts(TaskName.CLASSIFY, rows, 5, 2, False, False, rarest=rarest)
        space = algorithm_called("lightgbm").space(facts)
        return default(space["max_bin"]), default(space["boost_from_average"])

    assert defaults(60_000, 0.3) == (255, True)
    assert defaults(60_000, 0.008) == (4095, False)


def test_the_rarest_class_is_counted_among_those_that_occur():
    assert rarest_share(np.array([0, 0, 0, 2]), 3) == 0.25
    assert rarest_share(np.array([1.5, 2.5]), 0) == 1.0


@cases(lambda _, classes: classes < 3)
def test_an_unknown_parameter_is_refused(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes)
    with pytest.raises(DeclarationError, match="'depht' is not a parameter"):
        fitted(algorithm, matrix, label, classes, {"depht": 3})
