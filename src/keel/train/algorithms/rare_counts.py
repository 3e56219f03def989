"""Rare counts: how seldom a sequence has had just these events, each so often."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Parameters, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.event_counts import count_blocks, no_sequence, sequences_of
from keel.train.models.linear import to_float
from keel.train.models.picks import Picks
from keel.train.models.stored_counts import StoredCounts, store_counts

Float64 = NDArray[np.float64]


class RareCounts:
    """Minus the logarithm of the share of sequences with equal counts; counts never seen score
    highest, as if half a sequence had had them.

    Source: the trivial detector of unseen count vectors in Landauer, Skopik and Wurzenberger
    (2024), A Critical Review of Common Log Data Sets; rarity is its natural refinement.
    """

    name = "rare_counts"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences."""
        return no_sequence(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Nothing to choose."""
        return {}

    def fit(self, fit: Fit) -> FittedModel:
        """Count how often each count occurs."""
        Picks({}, fit.parameters)
        rows = len(fit.matrix)
        stored = store_counts(sequences_of(fit.matrix))
        surprise = np.log((rows + 1) / (stored.uses + 0.5))
        parameters = {"stored": len(stored.uses), "distinct_share": len(stored.uses) / rows}
        return RareModel("anomaly", parameters, stored, surprise, float(np.log(2 * (rows + 1))))


@dataclass(frozen=True, eq=False)
class RareModel:
    """surprise: [m] of stored counts. unseen: of all others."""

    scores: Literal["anomaly"]
    parameters: Parameters
    stored: StoredCounts
    surprise: Float64
    unseen: float

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] surprises."""
        return count_blocks(matrix, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        apart = self.stored.graph(graph, matrix)
        equal = graph.node("Equal", apart, graph.float64(0.0))
        said = graph.float64(self.surprise - self.unseen)
        found = graph.node("Where", equal, said, graph.float64(0.0))
        total = graph.node("ReduceSum", found, graph.int64([1]), keepdims=1)
        return to_float(graph, graph.node("Add", total, graph.float64(self.unseen)))

    def _block(self, counts: Float32) -> Float32:
        equal = self.stored.distances(counts) == 0
        total = equal @ (self.surprise - self.unseen) + self.unseen
        return np.asarray(total[:, None], dtype=np.float32)


ALGORITHM = RareCounts()
