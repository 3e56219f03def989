"""Trees grown by scikit-learn, averaged."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.trees import sklearn_tree, tree_graph

_BLOCK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class ForestModel:
    """trees: scikit-learn's `tree_`. classes: 0 for regress."""

    scores: Literal["probability", "value"]
    parameters: Parameters
    trees: tuple[Any, ...]
    classes: int
    threads: int

    @classmethod
    def of(
        cls, models: Sequence[Any], classes: int, parameters: Parameters, threads: int
    ) -> "ForestModel":
        """From fitted trees; the parameters are completed by the number of nodes."""
        trees = tuple(model.tree_ for model in models)
        nodes = sum(int(tree.node_count) for tree in trees)
        return cls(
            "probability" if classes else "value",
            {**parameters, "nodes": nodes},
            trees,
            classes,
            threads,
        )

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores. Trees are summed in order whatever the threads, unlike the library's."""
        starts = range(0, max(len(matrix), 1), _BLOCK_ROWS)
        blocks = [matrix.dense[start : start + _BLOCK_ROWS] for start in starts]
        with ThreadPoolExecutor(self.threads) as pool:
            return np.concatenate(list(pool.map(self._block, blocks)))

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph. The first class's probability is what the others leave."""
        kept = np.arange(1, self.classes) if self.classes else np.arange(1)
        trees = [sklearn_tree(tree, kept) for tree in self.trees]
        values = tree_graph(graph, matrix.dense, trees, [0.0] * len(kept), mean=True)
        if not self.classes:
            return values
        others = graph.node("ReduceSum", values, graph.int64([1]), keepdims=1)
        first = graph.node("Sub", graph.float32(1.0), others)
        return graph.node("Concat", first, values, axis=1)

    def _block(self, dense: Float32) -> Float32:
        total: NDArray[np.float64] = np.zeros((len(dense), max(1, self.classes)))
        for tree in self.trees:
            total += tree.predict(dense).reshape(total.shape)
        return (total / len(self.trees)).astype(np.float32)
