"""A user as the sum of what their items mean, held against what each item asks for."""

from dataclasses import dataclass

import numpy as np

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommend.weighting import Weighting


@dataclass(frozen=True, eq=False)
class PooledModel:
    """inward: [items, k] what an item of a history means. outward: [items, k] what an item asked
    about wants. bias: [items]."""

    parameters: Parameters
    weighting: Weighting
    inward: Float32
    outward: Float32
    bias: Float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        return pool(histories, self.weighting, self.inward) @ self.outward.T + self.bias

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        user = pool_graph(graph, history, self.weighting, self.inward)
        product = graph.node("MatMul", user, graph.float32(self.outward.T))
        return graph.node("Add", product, graph.float32(self.bias))


def pooling(weight: Float32) -> Float32:
    """What a sum of this total weight is multiplied by: one over its root, at most 1."""
    return np.asarray(1.0 / np.sqrt(np.maximum(weight, 1.0)), dtype=np.float32)


def pool(histories: Histories, weighting: Weighting, table: Float32) -> Float32:
    """[n, k]: the rows of `table` that a history holds, weighted and added, times `pooling`."""
    weights = weighting.matrix(histories)
    total = np.asarray(weights.sum(axis=1), dtype=np.float32).ravel()
    return np.asarray(weights @ table * pooling(total)[:, None], dtype=np.float32)


def pool_graph(graph: Graph, history: GraphHistory, weighting: Weighting, table: Float32) -> str:
    """The same inside the graph: FLOAT [n, k]."""
    weight = weighting.graph(graph, history)
    rows = graph.node("Gather", graph.float32(table), history.item, axis=0)
    row = graph.node("Unsqueeze", weight, graph.int64([1]))
    summed = graph.node("Squeeze", graph.node("MatMul", row, rows), graph.int64([1]))
    total = graph.node("ReduceSum", weight, graph.int64([1]), keepdims=1)
    root = graph.node("Sqrt", graph.node("Max", total, graph.float32(1.0)))
    return graph.node("Div", summed, root)
