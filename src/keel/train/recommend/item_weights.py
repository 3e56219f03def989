"""What every item says of every other: scores are a history times a table of weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Parameters
from keel.train.export.graph import FLOAT, Graph
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommend.weighting import Weighting

DENSE_ITEMS = 8_000
"""Above this a table of all pairs takes more than 256 MB, and each item keeps its largest."""

LINKS = 400
"""How many weights an item keeps at most where the table is sparse."""

_TOGETHER = 256


@dataclass(frozen=True, eq=False)
class ItemWeightsModel:
    """weights: [items, items] float32, row j what item j in a history adds to the score of each;
    an array up to `DENSE_ITEMS`, else CSR with at most `LINKS` in a row."""

    parameters: Parameters
    weighting: Weighting
    weights: Float32 | sparse.csr_matrix

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        product = self.weighting.matrix(histories) @ self.weights
        dense = product.toarray() if sparse.issparse(product) else product
        return np.asarray(dense, dtype=np.float32)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        weight = self.weighting.graph(graph, history)
        if isinstance(self.weights, np.ndarray):
            rows = graph.node("Gather", graph.float32(self.weights), history.item, axis=0)
            row = graph.node("Unsqueeze", weight, graph.int64([1]))
            return graph.node("Squeeze", graph.node("MatMul", row, rows), graph.int64([1]))
        target, link = _linked(self.weights)
        targets = graph.node("Gather", graph.int64(target), history.item, axis=0)
        links = graph.node("Gather", graph.float32(link), history.item, axis=0)
        parts = graph.node("Mul", links, graph.node("Unsqueeze", weight, graph.int64([2])))
        flat = graph.int64([0, -1])
        return graph.node(
            "ScatterElements",
            _zeros(graph, history),
            graph.node("Reshape", targets, flat),
            graph.node("Reshape", parts, flat),
            axis=1,
            reduction="add",
        )


def item_weights(
    weights: Float32, linked: NDArray[np.int64], items: int
) -> Float32 | sparse.csr_matrix:
    """Weights between the items `linked` ([m, m]; the others have none), as a model keeps them."""
    if items <= DENSE_ITEMS:
        every = np.zeros((items, items), dtype=np.float32)
        every[np.ix_(linked, linked)] = weights
        return every
    rows = [largest(weights[at : at + _TOGETHER], LINKS) for at in range(0, len(linked), _TOGETHER)]
    kept = sparse.vstack(rows).tocoo()
    places = (linked[kept.row], linked[kept.col])
    return sparse.csr_matrix((kept.data, places), shape=(items, items))


def largest(rows: NDArray[np.floating], most: int) -> sparse.csr_matrix:
    """[b, items] rows with their `most` weights of largest size alone, the earlier of equal ones;
    zeros are not kept."""
    size = np.abs(rows)
    if most < rows.shape[1]:
        order = np.argsort(-size, axis=1, kind="stable")[:, :most]
    else:
        order = np.broadcast_to(np.arange(rows.shape[1]), rows.shape)
    value = np.take_along_axis(rows, order, axis=1).astype(np.float32)
    row = np.repeat(np.arange(len(rows)), order.shape[1])
    kept = value.ravel() != 0
    return sparse.csr_matrix(
        (value.ravel()[kept], (row[kept], order.ravel()[kept])), shape=rows.shape
    )


def _linked(weights: sparse.csr_matrix) -> tuple[NDArray[np.int64], Float32]:
    """[items, k] numbers and weights of what each row holds, padded with item 0 and weight 0."""
    lengths = np.diff(weights.indptr)
    width = max(1, int(lengths.max(initial=0)))
    target = np.zeros((weights.shape[0], width), dtype=np.int64)
    link = np.zeros((weights.shape[0], width), dtype=np.float32)
    row = np.repeat(np.arange(weights.shape[0]), lengths)
    place = np.arange(weights.nnz) - np.repeat(weights.indptr[:-1], lengths)
    target[row, place] = weights.indices
    link[row, place] = weights.data
    return target, link


def _zeros(graph: Graph, history: GraphHistory) -> str:
    """FLOAT [n, items] of zeros."""
    many = graph.node("Gather", graph.node("Shape", history.item), graph.int64([0]))
    shape = graph.node("Concat", many, graph.int64([history.items]), axis=0)
    return graph.node("Expand", graph.node("Cast", graph.int64(0), to=FLOAT), shape)
