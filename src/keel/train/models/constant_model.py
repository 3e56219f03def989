"""A model that looks at no feature."""

from dataclasses import dataclass

import numpy as np

from keel.train.algorithm import Parameters, Scores
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix


@dataclass(frozen=True, eq=False)
class ConstantModel:
    """`row`: [k] scores, the same for every row of a matrix."""

    scores: Scores
    parameters: Parameters
    row: Float32

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] copies of the row."""
        return np.tile(self.row, (len(matrix), 1))

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        rows = graph.node("Shape", matrix.dense, start=0, end=1)
        shape = graph.node("Concat", rows, graph.int64([len(self.row)]), axis=0)
        return graph.node("Expand", graph.float32(self.row[None, :]), shape)
