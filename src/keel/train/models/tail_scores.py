"""How far out each column's value lies, joined over columns, natively and inside a graph."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.linear import LARGEST, double, to_float

Float64 = NDArray[np.float64]
Join = Literal["max", "mean"]

_BLOCK_ROWS = 65_536


@dataclass(frozen=True, eq=False)
class TailScores:
    """A value scores its distance from the range `low` to `high` in units of `scale`, negative
    inside it; a row scores the largest of its columns or their mean.

    low, high, scale: [d], scale above 0.
    """

    scores: Literal["anomaly"]
    parameters: Parameters
    low: Float64
    high: Float64
    scale: Float64
    join: Join

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] scores."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        rows = double(graph, matrix.dense)
        below = graph.node("Sub", graph.constant(self.low), rows)
        above = graph.node("Sub", rows, graph.constant(self.high))
        far = graph.node("Max", below, above)
        parts = graph.node("Div", far, graph.constant(self.scale))
        op = "ReduceMax" if self.join == "max" else "ReduceMean"
        return to_float(graph, graph.node(op, parts, graph.int64([1]), keepdims=1))

    def _block(self, dense: Float32) -> Float32:
        rows = dense.astype(np.float64)
        parts = np.maximum(self.low - rows, rows - self.high) / self.scale
        joined = parts.max(axis=1) if self.join == "max" else parts.mean(axis=1)
        return np.asarray(np.clip(joined, -LARGEST, LARGEST)[:, None], dtype=np.float32)
