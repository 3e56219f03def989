"""Small learning problems, and the way from a fitted model to the scores of its graph."""

import numpy as np
import onnxruntime
import pytest
from scipy import sparse

from keel.train.algorithm import Algorithm, Fit, FittedModel
from keel.train.catalogue import algorithms
from keel.train.export.graph import FLOAT, INT64, Graph, GraphMatrix, TextInput
from keel.train.matrix import Matrix

TASKS = {0: "regress", 2: "classify", 3: "classify", 12: "classify"}
VOCABULARY = 40

CASES = [
    (name, classes)
    for name, algorithm in algorithms().items()
    for classes, task in TASKS.items()
    if task in algorithm.tasks
]
"""Every algorithm with every size of label that it can be asked; 0 classes is a regression."""


def problem(algorithm, classes, rows=160, columns=5, seed=0, text=False):
    """A matrix of the sort the algorithm wants, and a label that depends on it."""
    random = np.random.default_rng(seed)
    dense = random.normal(size=(rows, columns)).astype(np.float32)
    signal = dense.sum(axis=1) + 0.5 * dense[:, 0] ** 2
    if not algorithm.needs.scaled:
        dense = np.round(dense * 10) / np.float32(10)
    if algorithm.needs.missing:
        dense[random.random(dense.shape) < 0.1] = np.nan
    counts = None
    if text:
        counts = sparse.random(rows, VOCABULARY, 0.1, format="csr", random_state=seed)
        counts = counts.astype(np.float32)
        signal = signal + 3 * np.asarray(counts[:, :5].sum(axis=1)).ravel()
    names = tuple(f"x{i}" for i in range(columns))
    return Matrix(dense, counts, names), as_label(signal, classes)


def as_label(signal, classes):
    """Ranks cut into classes, or values of the size of house prices."""
    if not classes:
        return 50_000 * signal.astype(np.float64) + 200_000
    ranks = np.argsort(np.argsort(signal))
    return (ranks * classes // len(signal)).astype(np.int64)


def fitted(algorithm, matrix, label, classes, parameters=None, weight=None, validation=None):
    """Fit with few trees and rounds where the algorithm has them."""
    chosen = dict(parameters or {})
    if algorithm.name == "random_forest":
        chosen.setdefault("n_estimators", 12)
    if algorithm.needs.early_stopping and validation is None:
        chosen.setdefault("rounds", 12)
    return algorithm.fit(Fit(matrix, label, weight, classes, chosen, 7, 1, validation))


def scores_in_graph(model: FittedModel, matrix: Matrix):
    """What ONNX Runtime answers for the rows of `matrix`."""
    feed = {"x": matrix.dense}
    if matrix.text is not None:
        feed["ids"], feed["weights"] = padded(matrix.text)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        exported(model, matrix), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, feed)[0]


def exported(model: FittedModel, matrix: Matrix) -> bytes:
    """The model alone as a graph from its matrix to its scores."""
    graph = Graph("model")
    width = matrix.dense.shape[1]
    graph.input("x", FLOAT, ["n", width])
    text = ()
    if matrix.text is not None:
        graph.input("ids", INT64, ["n", "length"])
        graph.input("weights", FLOAT, ["n", "length"])
        text = (TextInput("ids", "weights"),)
    scores = model.graph(graph, GraphMatrix("x", width, text))
    graph.output(scores, "scores", FLOAT, ["n", "k"])
    return graph.model()


def padded(counts):
    """Ids and weights [n, length] of CSR rows, padded with id 0 and weight 0."""
    length = max(1, int(np.diff(counts.indptr).max()))
    ids = np.zeros((counts.shape[0], length), dtype=np.int64)
    weights = np.zeros((counts.shape[0], length), dtype=np.float32)
    for row in range(counts.shape[0]):
        start, stop = counts.indptr[row], counts.indptr[row + 1]
        ids[row, : stop - start] = counts.indices[start:stop]
        weights[row, : stop - start] = counts.data[start:stop]
    return ids, weights


def assert_same_scores(native, graphed):
    """Equal to 1e-5, relative to the number or to one of middling size where that is larger."""
    assert native.shape == graphed.shape
    assert native.dtype == graphed.dtype == np.float32
    assert np.isfinite(native).all()
    middling = np.median(np.abs(native)) if native.size else 1.0
    scale = np.maximum(max(1.0, middling), np.abs(native))
    assert (np.abs(native - graphed) / scale).max(initial=0.0) <= 1e-5


def cases(keep):
    """The cases whose algorithm and classes `keep` accepts, as a parametrisation."""
    kept = [case for case in CASES if keep(algorithms()[case[0]], case[1])]
    return pytest.mark.parametrize(("name", "classes"), kept, ids=[sizes(*c) for c in kept])


def sizes(name: str, classes: int) -> str:
    """The label of a case in a report."""
    return f"{name}-{classes or 'values'}"


def algorithm_called(name: str) -> Algorithm:
    """From the catalogue."""
    return algorithms()[name]
