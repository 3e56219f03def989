"""Unseen event: how many events of a sequence never occurred before."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Parameters, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.event_counts import (
    count_blocks,
    counts_graph,
    no_sequence,
    sequences_of,
)
from keel.train.models.picks import Picks


class UnseenEvent:
    """Counts what was never seen in fitting.

    Source: the first of the trivial detectors that Landauer, Skopik and Wurzenberger (2024), A
    Critical Review of Common Log Data Sets Used for Evaluation of Sequence-based Anomaly Detection
    Techniques, FSE, hold against deep networks.
    """

    name = "unseen_event"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences."""
        return no_sequence(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Nothing to choose."""
        return {}

    def fit(self, fit: Fit) -> FittedModel:
        """The encoding knows what was seen."""
        Picks({}, fit.parameters)
        return UnseenModel("anomaly", {"known": sequences_of(fit.matrix).known})


@dataclass(frozen=True, eq=False)
class UnseenModel:
    """The number of events that are the last in the counts."""

    scores: Literal["anomaly"]
    parameters: Parameters

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] numbers of unseen events."""
        return count_blocks(matrix, lambda counts: counts[:, -1:])

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        counts = counts_graph(graph, matrix)
        last = graph.int64([np.iinfo(np.int64).max])
        return graph.node("Slice", counts, graph.int64([-1]), last, graph.int64([1]))


ALGORITHM = UnseenEvent()
