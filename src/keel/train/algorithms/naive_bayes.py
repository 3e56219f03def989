"""Naive Bayes: Gaussian on numbers, multinomial or complement on text, their sum on both."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import (
    Choice,
    Facts,
    Fit,
    FittedModel,
    Needs,
    Parameters,
    Range,
    Space,
    Value,
)
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.fitting import fitting
from keel.train.models.linear import double, linked, text_sum, to_float
from keel.train.models.picks import Picks, facts_of
from keel.train.models.seen_classes import on_seen_classes

Float64 = NDArray[np.float64]

_BLOCK_ROWS = 65_536


class NaiveBayes:
    """Features independent given the class.

    Source: Hand & Yu (2001), Idiot's Bayes; McCallum & Nigam (1998) for the multinomial; Rennie,
    Shih, Teevan & Karger (2003) for the complement.
    """

    name = "naive_bayes"
    tasks = frozenset({TaskName.CLASSIFY})
    needs = Needs(text=True, categories=("onehot", "target"))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """Smoothing of variances (a share of the largest) and of counts."""
        space: dict[str, Choice | Range] = {"var_smoothing": Range(1e-9, 1.0, 1e-2, log=True)}
        if facts.has_text:
            space["text"] = Choice(("multinomial", "complement"))
            space["alpha"] = Range(1e-3, 10.0, 0.1, log=True)
        return space

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, self._learn, "probability")

    def _learn(self, fit: Fit) -> FittedModel:
        picks = Picks(self.space(replace(facts_of(fit), has_text=True)), fit.parameters)
        counts = np.bincount(fit.label.astype(np.int64), weights=fit.weight, minlength=fit.classes)
        intercept = np.log(np.maximum(counts / counts.sum(), 1e-30))
        parameters: dict[str, Value] = {}
        normal, table = None, None
        with fitting():
            if fit.matrix.dense.shape[1]:
                parameters["var_smoothing"] = smoothing = picks.number("var_smoothing")
                normal = _normals(fit, smoothing)
            if fit.matrix.text is not None:
                parameters |= {"text": picks.word("text"), "alpha": picks.number("alpha")}
                table = _table(fit, picks)
                if picks.word("text") == "complement" and normal is None:
                    intercept = np.zeros(fit.classes)
        return NaiveBayesModel("probability", parameters, intercept, normal, table)


@dataclass(frozen=True, eq=False)
class Normals:
    """A normal density per column and class, as a polynomial of the distance from `center` [d].

    square, linear: [d, K]. constant: [K].
    """

    center: Float64
    square: Float64
    linear: Float64
    constant: Float64

    def of(self, dense: Float32) -> Float64:
        """[n, K] log densities."""
        x = dense.astype(np.float64) - self.center
        return np.asarray((x * x) @ self.square + x @ self.linear + self.constant)


@dataclass(frozen=True, eq=False)
class NaiveBayesModel:
    """intercept: [K] log prior. table: [v, K] log-likelihoods of text, or None."""

    scores: Literal["probability"]
    parameters: Parameters
    intercept: Float64
    normals: Normals | None
    table: Float64 | None

    def predict(self, matrix: Matrix) -> Float32:
        """[n, K] probabilities."""
        total = np.tile(self.intercept, (len(matrix), 1))
        if self.normals is not None:
            total += in_blocks(matrix.dense, _BLOCK_ROWS, self.normals.of)
        if self.table is not None and matrix.text is not None:
            total += matrix.text @ self.table
        return linked(total, "softmax")

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph; the largest is taken off while still in double precision."""
        constant = self.intercept + (0.0 if self.normals is None else self.normals.constant)
        total = graph.constant(constant[None, :])
        if self.normals is not None:
            total = graph.node("Add", total, _normals_graph(graph, matrix, self.normals))
        if self.table is not None and matrix.text:
            text = text_sum(graph, matrix, self.table)
            total = graph.node("Add", total, double(graph, text))
        most = graph.node("ReduceMax", total, graph.int64([1]), keepdims=1)
        return graph.node("Softmax", to_float(graph, graph.node("Sub", total, most)), axis=1)


def _normals_graph(graph: Graph, matrix: GraphMatrix, normals: Normals) -> str:
    x = graph.node("Sub", double(graph, matrix.dense), graph.constant(normals.center))
    square = graph.node("MatMul", graph.node("Mul", x, x), graph.constant(normals.square))
    linear = graph.node("MatMul", x, graph.constant(normals.linear))
    return graph.node("Add", square, linear)


def _normals(fit: Fit, smoothing: float) -> Normals:
    from sklearn.naive_bayes import GaussianNB

    dense = fit.matrix.dense.astype(np.float64)
    model = GaussianNB(var_smoothing=smoothing).fit(dense, fit.label, sample_weight=fit.weight)
    center = model.theta_.mean(axis=0)
    precision = 1.0 / np.maximum(model.var_.T, 1e-12)
    mean = model.theta_.T - center[:, None]
    constant = 0.5 * (np.log(precision) - precision * mean**2 - np.log(2 * np.pi)).sum(axis=0)
    return Normals(center, -0.5 * precision, precision * mean, constant)


def _table(fit: Fit, picks: Picks) -> Float64:
    """Centred over the classes, which changes no probability and keeps float32 sums small."""
    from sklearn.naive_bayes import ComplementNB, MultinomialNB

    kind = ComplementNB if picks.word("text") == "complement" else MultinomialNB
    model = kind(alpha=picks.number("alpha"))
    model.fit(fit.matrix.text, fit.label, sample_weight=fit.weight)
    table = np.asarray(model.feature_log_prob_, dtype=np.float64).T
    return np.ascontiguousarray(table - table.mean(axis=1, keepdims=True))


ALGORITHM = NaiveBayes()
