"""Many columns seen from the few directions in which they vary most.

Source: N. Halko, P.-G. Martinsson, J. A. Tropp, Finding structure with randomness, SIAM Review 53
(2011), algorithms 4.4 and 5.1.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from keel.train.export.graph import DOUBLE, FLOAT, Graph, TextInput
from keel.train.matrix import Float32

Float64 = NDArray[np.float64]
Floats = TypeVar("Floats", Float32, Float64)

_SPARE, _ROUNDS = 10, 2
_ENTRIES = 6_000_000
_ROWS = 8_192


@dataclass(frozen=True, eq=False)
class Components:
    """Dense columns seen from k directions. mean: [d]; directions: [d, k].

    Computed in double, so that native and exported sums, made in different orders, round to the
    same float32 and trees above them branch alike.
    """

    mean: Float64
    directions: Float64

    def transform(self, block: Float32) -> Float32:
        """[n, k] from [n, d] without NaN."""
        reduced = np.empty((len(block), self.directions.shape[1]), dtype=np.float32)
        for start in range(0, len(block), _ROWS):
            part = block[start : start + _ROWS].astype(np.float64) - self.mean
            reduced[start : start + _ROWS] = part @ self.directions
        return reduced

    def graph(self, graph: Graph, block: str) -> str:
        """`transform` inside the graph."""
        wide = graph.node("Cast", block, to=DOUBLE)
        centered = graph.node("Sub", wide, graph.float64(self.mean))
        reduced = graph.node("MatMul", centered, graph.float64(self.directions))
        return graph.node("Cast", reduced, to=FLOAT)


@dataclass(frozen=True, eq=False)
class Projection:
    """Sparse n-grams seen from k directions. directions: [v, k] float32, a row per id, scaled so
    that on the fitting rows the widest has unit spread; mean: [k] of these rows."""

    directions: Float32
    mean: Float64

    def transform(self, text: sparse.csr_matrix) -> Float32:
        """[n, k] from [n, v]."""
        projected = np.empty((text.shape[0], self.directions.shape[1]), dtype=np.float32)
        wide = self.directions.astype(np.float64)
        for start in range(0, text.shape[0], _ROWS):
            part = text[start : start + _ROWS].astype(np.float64)
            projected[start : start + _ROWS] = part @ wide - self.mean
        return projected

    def graph(self, graph: Graph, text: TextInput) -> str:
        """`transform` inside the graph: gather a row per n-gram, sum them by their weights."""
        gathered = graph.node("Gather", graph.float32(self.directions), text.ids, axis=0)
        gathered = graph.node("Cast", gathered, to=DOUBLE)
        weights = graph.node("Unsqueeze", text.weights, graph.int64([1]))
        weights = graph.node("Cast", weights, to=DOUBLE)
        summed = graph.node("Squeeze", graph.node("MatMul", weights, gathered), graph.int64([1]))
        centered = graph.node("Sub", summed, graph.float64(self.mean))
        return graph.node("Cast", centered, to=FLOAT)


def fit_components(block: Float32, size: float) -> Components:
    """The principal components of [n, d] fitting rows: `size` of them, or if it is below 1 as
    many as hold that share of the variance. Exact, from the covariance; signs are settled by the
    largest entry."""
    mean = block.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((block.shape[1], block.shape[1]))
    for start in range(0, len(block), _ROWS):
        part = block[start : start + _ROWS].astype(np.float64) - mean
        covariance += part.T @ part
    covariance /= max(len(block), 1)
    values, vectors = linalg.eigh(covariance)
    order = np.argsort(-values, kind="stable")
    if size < 1:
        held = np.cumsum(values[order])
        size = 1 + np.searchsorted(held, size * held[-1])
    order = order[: int(min(size, block.shape[1]))]
    return Components(mean, _settle_signs(vectors[:, order]))


def fit_projection(text: sparse.csr_matrix, count: int, seed: int) -> Projection:
    """The `count` leading right singular vectors of [n, v] n-grams, found by random projection
    with `seed`; fewer where the rows or n-grams are fewer. Of many texts evenly spaced ones
    settle the directions."""
    step = -(-text.nnz // _ENTRIES)
    sample = text[:: max(step, 1)]
    count = max(1, min(count, min(sample.shape) - 1))
    size = min(count + _SPARE, min(sample.shape))
    drawn = np.random.default_rng(seed).standard_normal((text.shape[1], size), dtype=np.float32)
    basis = sample @ drawn
    for _ in range(_ROUNDS):
        basis = linalg.qr(basis, mode="economic")[0]
        basis = sample @ linalg.qr(sample.T @ basis, mode="economic")[0]
    basis = linalg.qr(basis, mode="economic")[0]
    directions = linalg.svd((sample.T @ basis).T, full_matrices=False)[2][:count].T
    directions = _settle_signs(directions)
    projected = sample @ directions
    widest = float(projected.std(axis=0).max(initial=0.0)) or 1.0
    mean = projected.mean(axis=0, dtype=np.float64) / widest
    return Projection((directions / np.float32(widest)).astype(np.float32), mean)


def _settle_signs(vectors: Floats) -> Floats:
    largest = np.argmax(np.abs(vectors), axis=0)
    falls = vectors[largest, np.arange(vectors.shape[1])] < 0
    return vectors * np.where(falls, -1, 1).astype(vectors.dtype)
