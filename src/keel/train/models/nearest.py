"""The nearest of stored points and the distances to them, natively and inside a graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.export.graph import FLOAT, Graph
from keel.train.matrix import Float32
from keel.train.models.distances import squared_distances, squared_distances_graph
from keel.train.models.linear import double

Float64 = NDArray[np.float64]
Integers = NDArray[np.int64]

_FARTHEST = 1e38
_CLOSE = 1e-6
"""Squared distances that differ by less than about a ten millionth of this, in units of the
spread, count as equal while neighbours are chosen: there rounding decides which is larger."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """points: [m, d] of float32 numbers. count: how many neighbours are found, at most m.

    Of points that are equally far the earlier goes first. Distances are taken from differences,
    so that a row equal to a point is at distance 0 exactly.
    """

    points: Float64
    count: int

    def find(self, dense: Float32) -> tuple[Float64, Integers]:
        """[n, count] distances and row numbers, the nearest first."""
        shifted = squared_distances(dense, self.points) + self._shift
        key = np.minimum(shifted, _FARTHEST).astype(np.float32)
        # A positive float32 sorts like its bits; the row number below them settles ties.
        coded = key.view(np.uint32).astype(np.uint64) << np.uint64(32)
        coded |= np.arange(len(self.points), dtype=np.uint64)
        nearest = np.sort(np.partition(coded, self.count - 1, axis=1)[:, : self.count], axis=1)
        rows = (nearest & np.uint64(0xFFFFFFFF)).astype(np.int64)
        return self.distances(dense, rows), rows

    def distances(self, dense: Float32 | Float64, rows: Integers) -> Float64:
        """[n, k] distances of each row to the points numbered in its row of `rows`."""
        apart = self.points[rows] - dense[:, None, :].astype(np.float64)
        return np.asarray(np.sqrt(np.einsum("nkd,nkd->nk", apart, apart)))

    def graph(self, graph: Graph, tensor: str) -> tuple[str, str]:
        """The same inside the graph: DOUBLE and INT64 [n, count]."""
        squared = squared_distances_graph(graph, tensor, self.points)
        shifted = graph.node("Add", squared, graph.float64(self._shift))
        capped = graph.node("Min", shifted, graph.float64(_FARTHEST))
        key = graph.node("Cast", capped, to=FLOAT)
        _, rows = graph.nodes(
            "TopK", key, graph.int64([self.count]), outputs=2, axis=1, largest=0, sorted=1
        )
        graph.hold(self.count * self.points.shape[1])
        found = graph.node("Gather", double(graph, graph.float32(self.points)), rows, axis=0)
        row = graph.node("Unsqueeze", double(graph, tensor), graph.int64([1]))
        apart = graph.node("Sub", found, row)
        total = graph.node("ReduceSumSquare", apart, graph.int64([2]), keepdims=0)
        return graph.node("Sqrt", total), rows

    @property
    def _shift(self) -> float:
        """A small part of the mean squared distance from the center, as a power of two."""
        spread = float(self.points.var(axis=0).sum())
        return _CLOSE * float(2.0 ** np.round(np.log2(spread))) if spread > 0 else _CLOSE
