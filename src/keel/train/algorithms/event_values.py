"""Event values: numbers in log lines that leave their range, and words where none were seen."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Parameters, Space
from keel.train.codecs.templates import STATISTICS
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.event_counts import no_sequence, sequences_of, statistics_graph
from keel.train.models.picks import Picks

COLUMNS = np.array([STATISTICS.index("new words"), STATISTICS.index("numbers out of range")])


class EventValues:
    """The larger of two logarithms: of how many lines hold a word that never stood there, and of
    how many times its usual span a number lies beyond it.

    Source: the parameter value models of Du, Li, Zheng and Srikumar (2017), DeepLog, CCS, section
    3.3, with fences of the sort of Tukey (1977) instead of a network.
    """

    name = "event_values"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences."""
        return no_sequence(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Nothing to choose."""
        return {}

    def fit(self, fit: Fit) -> FittedModel:
        """The encoding knows the ranges and the words."""
        Picks({}, fit.parameters)
        sequences_of(fit.matrix)
        return ValuesModel("anomaly", {})


@dataclass(frozen=True, eq=False)
class ValuesModel:
    """Two of the statistics of a sequence."""

    scores: Literal["anomaly"]
    parameters: Parameters

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] logarithms."""
        largest = sequences_of(matrix).statistics[:, COLUMNS].max(axis=1, keepdims=True)
        return np.asarray(largest, dtype=np.float32)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        said = statistics_graph(graph, matrix, COLUMNS)
        return graph.node("ReduceMax", said, graph.int64([1]), keepdims=1)


ALGORITHM = EventValues()
