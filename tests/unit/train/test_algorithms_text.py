"""Algorithms that read text: sparse counts beside numbers."""

import numpy as np
import pytest
from algorithm_cases import (
    VOCABULARY,
    algorithm_called,
    assert_same_scores,
    cases,
    exported,
    fitted,
    problem,
    scores_in_graph,
)

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts
from keel.train.matrix import Matrix

reads_text = cases(lambda algorithm, _: algorithm.needs.text)


@reads_text
@pytest.mark.parametrize("width", [0, 4], ids=["text only", "text and numbers"])
def test_model_and_graph_agree_on_text(name, classes, width):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes, text=True)
    matrix = Matrix(np.ascontiguousarray(matrix.dense[:, :width]), matrix.text)
    weight = np.random.default_rng(1).uniform(0.2, 5.0, len(label))
    task = TaskName.CLASSIFY if classes else TaskName.REGRESS
    facts = Facts(task, len(label), width, classes, True, width == 0)
    options = {
        (parameter, option)
        for parameter, choice in algorithm.space(facts).items()
        for option in (choice.options if isinstance(choice, Choice) else (choice.default,))
    }
    for parameter, option in options or {(None, None)}:
        chosen = {parameter: option} if parameter else {}
        model = fitted(algorithm, matrix, label, classes, chosen, weight)
        assert_same_scores(model.predict(matrix), scores_in_graph(model, matrix))


@reads_text
def test_the_same_text_gives_the_same_bytes(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes, text=True)
    one, other = (fitted(algorithm, matrix, label, classes) for _ in range(2))
    assert exported(one, matrix) == exported(other, matrix)


@cases(lambda algorithm, _: algorithm.needs.text and algorithm.name not in ("prior", "mean"))
def test_words_are_learned_from(name, classes):
    algorithm = algorithm_called(name)
    matrix, _ = problem(algorithm, classes, rows=300, text=True)
    told = np.asarray(matrix.text[:, :5].sum(axis=1)).ravel()
    label = (told > np.median(told)).astype(np.int64) if classes else told.astype(np.float64)
    words = Matrix(np.zeros((300, 0), dtype=np.float32), matrix.text)
    scores = fitted(algorithm, words, label, min(classes, 2)).predict(words)
    assert np.corrcoef(scores[:, -1], label)[0, 1] > 0.6


@reads_text
def test_a_text_without_a_known_word_is_answered(name, classes):
    algorithm = algorithm_called(name)
    matrix, label = problem(algorithm, classes, text=True)
    model = fitted(algorithm, matrix, label, classes)
    empty = Matrix(matrix.dense, matrix.text * np.float32(0))
    empty.text.eliminate_zeros()
    assert empty.text.nnz == 0
    assert empty.text.shape == (len(label), VOCABULARY)
    assert_same_scores(model.predict(empty), scores_in_graph(model, empty))
