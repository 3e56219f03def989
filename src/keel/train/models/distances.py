"""Squared Euclidean distances to stored points, natively and inside a graph."""

import numpy as np
from numpy.typing import NDArray

from keel.train.export.graph import Graph
from keel.train.matrix import Float32
from keel.train.models.linear import double

Float64 = NDArray[np.float64]


def squared_distances(dense: Float32, points: Float64) -> Float64:
    """[n, m] from [n, d] rows to [m, d] points, by `|x|^2 - 2xp + |p|^2` in double precision.

    What cancels may come out a little below zero, so it is held at zero.
    """
    rows = dense.astype(np.float64)
    own = np.einsum("ij,ij->i", rows, rows)[:, None]
    theirs = np.einsum("ij,ij->i", points, points)
    squared = rows @ points.T
    # In place: blocks of fresh memory cost as much as the product.
    squared *= -2.0
    squared += theirs
    squared += own
    return np.asarray(np.maximum(squared, 0.0, out=squared))


def squared_distances_graph(graph: Graph, tensor: str, points: Float64) -> str:
    """The same inside the graph: DOUBLE [n, m]. Points are stored as float32, which they are."""
    graph.hold(len(points))
    rows = double(graph, tensor)
    stored = double(graph, graph.float32(points.T))
    own = graph.node("ReduceSumSquare", rows, graph.int64([1]), keepdims=1)
    theirs = graph.node("ReduceSumSquare", stored, graph.int64([0]), keepdims=1)
    product = graph.node("MatMul", rows, stored)
    doubled = graph.node("Add", product, product)
    total = graph.node("Add", own, graph.node("Sub", theirs, doubled))
    return graph.node("Max", total, graph.constant(np.asarray(0.0)))
