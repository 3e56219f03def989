"""A linear map of numbers and text, natively and inside a graph, with a link on top."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.train.algorithm import Parameters
from keel.train.export.graph import DOUBLE, FLOAT, Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks

Float64 = NDArray[np.float64]
Link = Literal["identity", "sigmoid", "softmax"]


LARGEST = 1e30
"""Scores are held within this on both sides, so that an absurd input gives no infinity."""

_BLOCK_ROWS = 65_536


@dataclass(frozen=True, eq=False)
class LinearMap:
    """dense: [d, k] weights. text: [v, k] weights or None. intercept: [k]."""

    dense: Float64
    text: Float64 | None
    intercept: Float64

    @classmethod
    def of(cls, coefficients: Float64, intercept: Float64, matrix: Matrix) -> "LinearMap":
        """From a library's [k, d + v] coefficients on `stacked(matrix)`."""
        weights = np.atleast_2d(np.asarray(coefficients, dtype=np.float64)).T
        width = matrix.dense.shape[1]
        text = None if matrix.text is None else np.ascontiguousarray(weights[width:])
        bias = np.broadcast_to(np.asarray(intercept, np.float64).ravel(), (weights.shape[1],))
        return cls(np.ascontiguousarray(weights[:width]), text, bias.copy())

    def scaled(self, factor: float, shift: float) -> "LinearMap":
        """The map whose values are `factor` times these plus `shift`."""
        text = None if self.text is None else self.text * factor
        return LinearMap(self.dense * factor, text, self.intercept * factor + shift)

    def values(self, matrix: Matrix) -> Float64:
        """[n, k] values in double precision."""
        values = in_blocks(matrix.dense, _BLOCK_ROWS, lambda x: x.astype(np.float64) @ self.dense)
        values = values + self.intercept
        if matrix.text is not None and self.text is not None:
            values = values + matrix.text @ self.text
        return np.clip(values, -LARGEST, LARGEST)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph: FLOAT [n, k]. Double precision on the dense part, because
        large numbers of opposite sign may have to cancel."""
        total = graph.node("MatMul", double(graph, matrix.dense), graph.constant(self.dense))
        total = graph.node("Add", total, graph.constant(self.intercept))
        if self.text is not None and matrix.text:
            total = graph.node("Add", total, double(graph, text_sum(graph, matrix, self.text)))
        return to_float(graph, total)


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A linear map with a link. `sigmoid` takes one column and gives two."""

    scores: Literal["probability", "decision", "value"]
    parameters: Parameters
    map: LinearMap
    link: Link

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores."""
        return linked(self.map.values(matrix), self.link)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        return graph_linked(graph, self.map.graph(graph, matrix), self.link)


def stacked(matrix: Matrix) -> Any:
    """Dense and text side by side, in double precision: an array, or CSR if there is text."""
    if matrix.text is None:
        return matrix.dense.astype(np.float64)
    if matrix.dense.shape[1] == 0:
        return matrix.text.astype(np.float64)
    dense = sparse.csr_matrix(matrix.dense, dtype=np.float64)
    return sparse.hstack([dense, matrix.text], format="csr", dtype=np.float64)


def text_sum(graph: Graph, matrix: GraphMatrix, table: Float64) -> str:
    """Text columns times a [v, k] table: FLOAT [n, k]."""
    weights = graph.float32(table)
    total = ""
    for column in matrix.text:
        rows = graph.node("Gather", weights, column.ids, axis=0)
        counts = graph.node("Unsqueeze", column.weights, graph.int64([1]))
        part = graph.node("Squeeze", graph.node("MatMul", counts, rows), graph.int64([1]))
        total = graph.node("Add", total, part) if total else part
    return total


def double(graph: Graph, tensor: str) -> str:
    """The tensor as DOUBLE."""
    return graph.node("Cast", tensor, to=DOUBLE)


def to_float(graph: Graph, tensor: str) -> str:
    """The DOUBLE tensor as FLOAT, held within `LARGEST`."""
    low, high = graph.constant(np.asarray(-LARGEST)), graph.constant(np.asarray(LARGEST))
    return graph.node("Cast", graph.node("Clip", tensor, low, high), to=FLOAT)


def linked(values: Float64, link: Link) -> Float32:
    """[n, k] float32 from values before the link."""
    if link == "sigmoid":
        with np.errstate(over="ignore"):
            positive = 1.0 / (1.0 + np.exp(-values[:, :1]))
        values = np.hstack([1.0 - positive, positive])
    elif link == "softmax":
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        values = powers / powers.sum(axis=1, keepdims=True)
    return values.astype(np.float32)


def graph_linked(graph: Graph, tensor: str, link: Link) -> str:
    """The same inside the graph, on a FLOAT tensor."""
    if link == "sigmoid":
        # In double: a float32 Sigmoid is right to 1e-7 only, which small probabilities are below.
        wide, one = double(graph, tensor), graph.float64(1.0)
        odds = graph.node("Exp", wide)
        negative = graph.node("Div", one, graph.node("Add", one, odds))
        odds = graph.node("Exp", graph.node("Neg", wide))
        positive = graph.node("Div", one, graph.node("Add", one, odds))
        return to_float(graph, graph.node("Concat", negative, positive, axis=1))
    if link == "softmax":
        return graph.node("Softmax", tensor, axis=1)
    return tensor
