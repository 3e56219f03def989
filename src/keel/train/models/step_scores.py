"""A step function of each column, summed over columns, natively and inside a graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.trees import LEAF, Tree, tree_graph

Float64 = NDArray[np.float64]
Integers = NDArray[np.int64]

_BLOCK_ROWS = 16_384


@dataclass(frozen=True, eq=False)
class Steps:
    """One column's function. cuts: [c] float32, rising. values: [c + 1] float32: entry i holds
    for numbers above i of the cuts."""

    cuts: Float32
    values: Float32

    def of(self, column: Float32) -> Float32:
        """[n] values."""
        return self.values[np.searchsorted(self.cuts, column, side="left")]

    def tree(self, feature: int) -> Tree:
        """The same as a tree as shallow as can be."""
        return _balanced(self.cuts, self.values, feature)


@dataclass(frozen=True, eq=False)
class StepScores:
    """One function per column of the matrix. Trees do in a graph what a search does here."""

    scores: Literal["anomaly"]
    parameters: Parameters
    columns: Sequence[Steps]

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] sums."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        trees = [steps.tree(feature) for feature, steps in enumerate(self.columns)]
        return tree_graph(graph, matrix.dense, trees, [0.0])

    def _block(self, dense: Float32) -> Float32:
        total = np.zeros(len(dense))
        for feature, steps in enumerate(self.columns):
            total += steps.of(dense[:, feature])
        return total[:, None].astype(np.float32)


def _balanced(cuts: Float32, values: Float32, feature: int) -> Tree:
    """Inner nodes first, in the order of a heap walk over ranges of cuts; then the leaves."""
    inner = len(cuts)
    middle, left, right = (np.zeros(2 * inner + 1, dtype=np.int64) for _ in range(3))
    ranges = [(0, inner)] if inner else []
    for node, (low, high) in enumerate(ranges):
        cut = (low + high) // 2
        middle[node] = cut
        for part, side in (((low, cut), left), ((cut + 1, high), right)):
            if part[0] == part[1]:
                side[node] = inner + part[0]
            else:
                side[node] = len(ranges)
                ranges.append(part)
    leaf = np.arange(2 * inner + 1) >= inner
    threshold = np.zeros(2 * inner + 1)
    threshold[:inner] = cuts[middle[:inner]]
    value = np.zeros((2 * inner + 1, 1))
    value[inner:, 0] = values
    return Tree(
        np.where(leaf, LEAF, feature).astype(np.int64),
        threshold,
        left,
        right,
        np.zeros(2 * inner + 1, dtype=np.bool_),
        value,
    )
