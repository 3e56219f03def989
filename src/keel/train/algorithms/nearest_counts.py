"""Nearest counts: how far the counts of events are from those of any usual sequence."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Parameters, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.event_counts import count_blocks, no_sequence, sequences_of
from keel.train.models.linear import to_float
from keel.train.models.picks import Picks, facts_of
from keel.train.models.stored_counts import StoredCounts, store_counts


class NearestCounts:
    """The Euclidean distance to the nearest counts that at least `uses` fitting sequences had.

    Source: the trivial detector by nearest count vectors in Landauer, Skopik and Wurzenberger
    (2024), A Critical Review of Common Log Data Sets.
    """

    name = "nearest_counts"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences."""
        return no_sequence(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Counts that few sequences had may be anomalies among the fitting rows."""
        return {"uses": Choice((1, 3, 10))}

    def fit(self, fit: Fit) -> FittedModel:
        """Store."""
        uses = Picks(self.space(facts_of(fit)), fit.parameters).whole("uses")
        stored = store_counts(sequences_of(fit.matrix), uses)
        return NearestModel("anomaly", {"uses": uses, "stored": len(stored.uses)}, stored)


@dataclass(frozen=True, eq=False)
class NearestModel:
    """Stored counts."""

    scores: Literal["anomaly"]
    parameters: Parameters
    stored: StoredCounts

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] distances."""
        return count_blocks(matrix, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        apart = self.stored.graph(graph, matrix)
        least = graph.node("ReduceMin", apart, graph.int64([1]), keepdims=1)
        return to_float(graph, graph.node("Sqrt", least))

    def _block(self, counts: Float32) -> Float32:
        least = self.stored.distances(counts).min(axis=1)
        return np.asarray(np.sqrt(least)[:, None], dtype=np.float32)


ALGORITHM = NearestCounts()
