"""Solves a ridge regression for each of many histories at once, by conjugate gradients."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.data.histories import Float32
from keel.train.export.graph import Graph

_CELLS = 1 << 20
"""Numbers that are looked up at once: fewer do not pay for the calls, more leave the caches."""

_MOST_ROWS = 512
_TINY = np.float32(1e-30)


@dataclass(frozen=True, eq=False)
class Problem:
    """For row u the x that minimises sum of w (1 - x.y)^2 over its items, plus x'Gx + r|x|^2.

    factors: [items, k] float32, the y. gram: [k, k] float32, G. Each row brings its weights w, one
    per item, and its ridge r.
    """

    factors: Float32
    gram: Float32

    @property
    def diagonal(self) -> Float32:
        """[k] of the gram."""
        return np.ascontiguousarray(np.diagonal(self.gram))


def solve(
    problem: Problem,
    weights: sparse.csr_matrix,
    ridge: Float32,
    *,
    steps: int,
    start: Float32 | None = None,
    threads: int = 1,
) -> Float32:
    """[n, k] after `steps` steps from `start` [n, k], or from zero.

    weights: [n, items]. ridge: [n]. Preconditioned by the diagonal of G + rI. Rows of one length
    are worked on together; none depends on another.

    Source: Hestenes and Stiefel 1952, doi:10.6028/jres.049.044; for implicit feedback: Takacs,
    Pilaszy and Tikk 2011, doi:10.1145/2043932.2043987.
    """
    lengths = np.diff(weights.indptr)
    order = np.argsort(lengths, kind="stable")
    out = np.zeros((len(lengths), problem.factors.shape[1]), dtype=np.float32)
    if start is not None:
        out[:] = start

    def work(rows: NDArray[np.int64]) -> None:
        item, weight = _padded(weights, rows)
        out[rows] = _descend(problem, item, weight, ridge[rows, None], out[rows], steps)

    blocks = list(_blocks(lengths[order], problem.factors.shape[1]))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda block: work(order[block]), blocks))
    return out


def solve_graph(
    graph: Graph, problem: Problem, item: str, weight: str, ridge: str, *, steps: int
) -> str:
    """The same inside the graph, from zero: FLOAT [n, k]. The gram must be diagonal.

    item: INT64 [n, L]. weight: FLOAT [n, L], 0 for padding. ridge: FLOAT [n, 1].
    """
    looked_up = graph.node("Gather", graph.float32(problem.factors), item, axis=0)
    across = graph.node("Transpose", looked_up, perm=[0, 2, 1])
    diagonal = graph.node("Add", graph.float32(problem.diagonal[None]), ridge)
    middle, tiny = graph.int64([1]), graph.float32(_TINY)

    def pooled(at: str) -> str:
        row = graph.node("Unsqueeze", at, middle)
        return graph.node("Squeeze", graph.node("MatMul", row, looked_up), middle)

    def dot(one: str, other: str) -> str:
        return graph.node("ReduceSum", graph.node("Mul", one, other), middle, keepdims=1)

    def over(one: str, other: str) -> str:
        return graph.node("Div", one, graph.node("Max", other, tiny))

    residual = pooled(weight)
    scaled = graph.node("Div", residual, diagonal)
    direction, size = scaled, dot(residual, scaled)
    solution = ""
    for step in range(steps):
        row = graph.node("Unsqueeze", direction, middle)
        agreed = graph.node("Squeeze", graph.node("MatMul", row, across), middle)
        applied = graph.node(
            "Add",
            graph.node("Mul", diagonal, direction),
            pooled(graph.node("Mul", agreed, weight)),
        )
        along = over(size, dot(direction, applied))
        moved = graph.node("Mul", along, direction)
        solution = graph.node("Add", solution, moved) if solution else moved
        if step + 1 < steps:
            residual = graph.node("Sub", residual, graph.node("Mul", along, applied))
            scaled = graph.node("Div", residual, diagonal)
            before, size = size, dot(residual, scaled)
            turned = graph.node("Mul", over(size, before), direction)
            direction = graph.node("Add", scaled, turned)
    return solution


def _blocks(lengths: NDArray[np.int64], width: int) -> "list[slice]":
    """Slices of rows in rising order of length that are padded to one length together."""
    blocks, start = [], 0
    while start < len(lengths):
        stop = start + 1
        while (
            stop < len(lengths)
            and stop - start < _MOST_ROWS
            and (stop - start + 1) * max(1, int(lengths[stop])) * width <= _CELLS
        ):
            stop += 1
        blocks.append(slice(start, stop))
        start = stop
    return blocks


def _padded(
    weights: sparse.csr_matrix, rows: NDArray[np.int64]
) -> tuple[NDArray[np.integer], Float32]:
    """[b, L] items and weights of these rows, padded with an item that weighs 0."""
    lengths = np.diff(weights.indptr)[rows]
    place = np.arange(max(1, int(lengths.max(initial=0))))
    held = place < lengths[:, None]
    at = np.minimum(weights.indptr[rows][:, None] + place, max(0, weights.nnz - 1))
    if not weights.nnz:
        return np.zeros(at.shape, dtype=np.int64), np.zeros(at.shape, dtype=np.float32)
    return weights.indices[at], np.asarray(weights.data[at] * held, dtype=np.float32)


def _descend(
    problem: Problem,
    item: NDArray[np.integer],
    weight: Float32,
    ridge: Float32,
    start: Float32,
    steps: int,
) -> Float32:
    looked_up = problem.factors.take(item, axis=0)
    diagonal = problem.diagonal + ridge

    def pooled(at: Float32) -> Float32:
        return np.asarray(np.matmul(at[:, None, :], looked_up)[:, 0])

    def apply(x: Float32) -> Float32:
        agreed = np.matmul(looked_up, x[:, :, None])[:, :, 0]
        return np.asarray(x @ problem.gram + ridge * x + pooled(agreed * weight))

    solution = start
    residual = pooled(weight)
    if start.any():
        residual = residual - apply(start)
    direction = residual / diagonal
    size = (residual * direction).sum(axis=1, keepdims=True)
    for _ in range(steps):
        applied = apply(direction)
        along = size / np.maximum((direction * applied).sum(axis=1, keepdims=True), _TINY)
        solution = solution + along * direction
        residual = residual - along * applied
        scaled = residual / diagonal
        before, size = size, (residual * scaled).sum(axis=1, keepdims=True)
        direction = scaled + size / np.maximum(before, _TINY) * direction
    return np.asarray(solution, dtype=np.float32)
