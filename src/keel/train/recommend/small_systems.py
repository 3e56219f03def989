"""Solves many small positive definite systems, one for each of n histories."""

import numpy as np
from numpy.typing import NDArray

from keel.train.export.graph import Graph

Float64 = NDArray[np.float64]

SPARE_STEPS = 6
"""Conjugate gradients end after as many steps as there are unknowns, but for rounding."""


def solve_small(matrix: Float64, diagonal: Float64, side: Float64) -> Float64:
    """[n, k] x with (matrix + diagonal) x = side: [n, k, k], [k] and [n, k]."""
    return np.asarray(np.linalg.solve(matrix + np.diag(diagonal), side[:, :, None])[:, :, 0])


def solve_small_graph(graph: Graph, matrix: str, diagonal: Float64, side: str) -> str:
    """The same inside the graph by conjugate gradients, all DOUBLE, preconditioned by the diagonal
    of the whole. Source: Hestenes and Stiefel 1952, doi:10.6028/jres.049.044."""
    size = len(diagonal)
    whole = graph.node("Add", matrix, graph.float64(np.diag(diagonal)))
    own = graph.node("Mul", whole, graph.float64(np.eye(size)))
    scale = graph.node("ReduceSum", own, graph.int64([2]), keepdims=0)
    last, tiny = graph.int64([1]), graph.float64(1e-300)

    def dot(one: str, other: str) -> str:
        return graph.node("ReduceSum", graph.node("Mul", one, other), last, keepdims=1)

    def over(one: str, other: str) -> str:
        return graph.node("Div", one, graph.node("Max", other, tiny))

    residual = side
    scaled = graph.node("Div", residual, scale)
    direction, length = scaled, dot(residual, scaled)
    solution = graph.node("Mul", side, graph.float64(0.0))
    for _ in range(size + SPARE_STEPS):
        row = graph.node("Unsqueeze", direction, last)
        applied = graph.node("Squeeze", graph.node("MatMul", row, whole), last)
        along = over(length, dot(direction, applied))
        solution = graph.node("Add", solution, graph.node("Mul", along, direction))
        residual = graph.node("Sub", residual, graph.node("Mul", along, applied))
        scaled = graph.node("Div", residual, scale)
        before, length = length, dot(residual, scaled)
        turned = graph.node("Mul", over(length, before), direction)
        direction = graph.node("Add", scaled, turned)
    return solution
