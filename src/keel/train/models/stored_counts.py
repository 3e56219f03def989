"""The different counts of events that sequences had, and how often each of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Sequences
from keel.train.models.distances import squared_distances, squared_distances_graph
from keel.train.models.event_counts import counts_graph

Float64 = NDArray[np.float64]

MOST_NUMBERS = 4_000_000
MOST_STORED = 5_000


@dataclass(frozen=True, eq=False)
class StoredCounts:
    """points: [m, known + 1] counts, the commonest first. uses: [m] how many sequences had them.

    Squared distances of whole numbers are exact, so that equal counts are at distance 0.
    """

    points: Float64
    uses: NDArray[np.int64]

    def distances(self, counts: Float32) -> Float64:
        """[n, m] squared distances."""
        return squared_distances(counts, self.points)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        return squared_distances_graph(graph, counts_graph(graph, matrix), self.points)


def store_counts(sequences: Sequences, least: int = 1) -> StoredCounts:
    """The counts that at least so many of the sequences have, or the commonest ones of all if none
    has; the commonest, where there are too many to keep."""
    counts = sequences.counts[:, 1:].tocsr()
    first, uses = _distinct(counts)
    most = max(1, min(MOST_STORED, MOST_NUMBERS // counts.shape[1]))
    kept = np.lexsort((first, -uses))[:most]
    kept = kept[uses[kept] >= min(least, int(uses.max()))]
    return StoredCounts(counts[first[kept]].toarray().astype(np.float64), uses[kept])


def _distinct(counts: sparse.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each different kind, in order, and how many rows are of that kind."""
    rows: dict[bytes, int] = {}
    first: list[int] = []
    uses: list[int] = []
    for row in range(counts.shape[0]):
        part = slice(counts.indptr[row], counts.indptr[row + 1])
        key = counts.indices[part].tobytes() + b"/" + counts.data[part].tobytes()
        place = rows.setdefault(key, len(first))
        if place == len(first):
            first.append(row)
            uses.append(0)
        uses[place] += 1
    return np.array(first, dtype=np.int64), np.array(uses, dtype=np.int64)
