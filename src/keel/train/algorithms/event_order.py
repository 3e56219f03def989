"""Event order: how unlikely the steps of a sequence are after what came before."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import (
    Choice,
    Facts,
    Fit,
    FittedModel,
    Needs,
    Parameters,
    Space,
    Value,
)
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.event_counts import no_sequence, sequences_of
from keel.train.models.picks import Picks, facts_of
from keel.train.models.transitions import (
    States,
    find_states,
    join_graph,
    join_steps,
    ranks,
    surprises,
)


class EventOrder:
    """A Markov chain of order 1 or 2. A sequence scores as its most surprising step, the mean of
    its steps, or the number of events that were not among the `candidates` likeliest.

    Source: Forrest, Hofmeyr, Somayaji and Longstaff (1996), A Sense of Self for Unix Processes;
    top-g: Du, Li, Zheng and Srikumar (2017), DeepLog, CCS, section 3.
    """

    name = "event_order"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences."""
        return no_sequence(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """How far to look back, and how steps are joined."""
        return {
            "order": Choice((1, 2)),
            "score": Choice(("largest", "mean", "misses")),
            "candidates": Choice((3, 9)),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Count what follows what."""
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        sequences = sequences_of(fit.matrix)
        states = find_states(sequences, picks.whole("order"))
        table = surprises(states, states.steps(sequences))
        score = picks.word("score")
        parameters: dict[str, Value] = {
            "order": states.order,
            "score": score,
            "states": states.count,
        }
        if score == "misses":
            parameters["candidates"] = picks.whole("candidates")
            table = (ranks(table) >= picks.whole("candidates")).astype(np.float32)
        return OrderModel("anomaly", parameters, states, table, score)


@dataclass(frozen=True, eq=False)
class OrderModel:
    """table: [contexts, count] what each step says. join: `largest`, `mean` or `misses`."""

    scores: Literal["anomaly"]
    parameters: Parameters
    states: States
    table: Float32
    join: str

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] surprises or misses."""
        steps = self.states.steps(sequences_of(matrix))
        said = self.table[steps.context, steps.event]
        return join_steps(said, steps.sequence, len(matrix), self.join)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        cells, step = self.states.graph(graph, matrix)
        said = graph.node("Gather", graph.float32(self.table.ravel()), cells)
        return join_graph(graph, said, step, self.join)


ALGORITHM = EventOrder()
