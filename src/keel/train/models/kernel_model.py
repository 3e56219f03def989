"""A weighted sum of radial kernels at stored points, natively and inside a graph."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.distances import squared_distances, squared_distances_graph
from keel.train.models.linear import to_float

Float64 = NDArray[np.float64]

_BLOCK_ROWS = 128


@dataclass(frozen=True, eq=False)
class KernelModel:
    """vectors: [m, d] support vectors. weights: [m, k]. intercept: [k]."""

    scores: Literal["decision", "value", "anomaly"]
    parameters: Parameters
    gamma: float
    vectors: Float64
    weights: Float64
    intercept: Float64

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        distances = squared_distances_graph(graph, matrix.dense, self.vectors)
        scaled = graph.node("Mul", distances, graph.constant(np.asarray(-self.gamma)))
        kernel = graph.node("Exp", scaled)
        product = graph.node("MatMul", kernel, graph.constant(self.weights))
        return to_float(graph, graph.node("Add", product, graph.constant(self.intercept)))

    def _block(self, dense: Float32) -> Float32:
        kernel = squared_distances(dense, self.vectors)
        kernel *= -self.gamma
        np.exp(kernel, out=kernel)
        return (kernel @ self.weights + self.intercept).astype(np.float32)
