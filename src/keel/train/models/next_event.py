"""What comes next in a sequence, foretold by a network from the few events before."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix, Sequences
from keel.train.models.blocks import in_blocks
from keel.train.models.event_counts import sequences_of
from keel.train.models.transitions import States, join_graph, join_steps

Integers = NDArray[np.int64]

BACK = 10
"""How many events are looked back at, as in DeepLog."""

_BLOCK_ROWS = 4_096


class Network(Protocol):
    """A fitted network. Both answers are scores before the softmax."""

    def logits(self, before: Integers) -> Float32:
        """[k, count] of each state that may come next, from [k, BACK] states, the last the
        nearest; 0 is before the first event."""
        ...

    def graph(self, graph: Graph, before: str) -> str:
        """The same inside the graph."""
        ...


@dataclass(frozen=True, eq=False)
class Histories:
    """Every step of n sequences. before: [k, BACK] states, event: [k]. sequence: [k]."""

    before: Integers
    event: Integers
    sequence: Integers


@dataclass(frozen=True, eq=False)
class NextEventModel:
    """join: `largest`, `mean` or `misses`. candidates: how many likeliest events are no miss."""

    scores: Literal["anomaly"]
    parameters: Parameters
    states: States
    network: Network
    join: str
    candidates: int

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] surprises or misses."""
        found = histories(self.states, sequences_of(matrix))
        steps = np.column_stack([found.before, found.event])
        # Most steps of a log were there before.
        distinct, place = np.unique(steps, axis=0, return_inverse=True)
        said = in_blocks(distinct, _BLOCK_ROWS, self._block)[:, 0]
        return join_steps(said[place.ravel()], found.sequence, len(matrix), self.join)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        events, before, step = self.states.event_graph(graph, matrix, BACK)
        deep = [graph.node("Unsqueeze", one, graph.int64([2])) for one in reversed(before)]
        flat = graph.node("Reshape", graph.node("Concat", *deep, axis=2), graph.int64([-1, BACK]))
        logits = self.network.graph(graph, flat)
        event = graph.node("Reshape", events, graph.int64([-1, 1]))
        own = graph.node("GatherElements", logits, event, axis=1)
        if self.join == "misses":
            least, _ = graph.nodes("TopK", logits, graph.int64([self._among]), outputs=2)
            last = graph.node("Gather", least, graph.int64([self._among - 1]), axis=1)
            apart = graph.node("Sub", last, own)
            said = graph.node("Clip", apart, graph.float32(0.0), graph.float32(1.0))
        else:
            total = graph.node("ReduceLogSumExp", logits, graph.int64([1]), keepdims=1)
            said = graph.node("Sub", total, own)
        said = graph.node("Reshape", said, graph.node("Shape", events))
        return join_graph(graph, said, step, self.join)

    @property
    def _among(self) -> int:
        return min(self.candidates, self.states.count)

    def _block(self, steps: Integers) -> Float32:
        """[k, 1] minus the logarithm of the chance of each step, or how far it is a miss: from 0
        for one of the likeliest to 1 for what is e times less likely than the last of them. Between
        events that are equally likely rounding then decides nothing."""
        logits = self.network.logits(steps[:, :-1]).astype(np.float64)
        own = np.take_along_axis(logits, steps[:, -1:], axis=1)
        if self.join == "misses":
            place = logits.shape[1] - self._among
            last = np.partition(logits, place, axis=1)[:, place : place + 1]
            return np.clip(last - own, 0.0, 1.0).astype(np.float32)
        highest = logits.max(axis=1, keepdims=True)
        total = highest + np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))
        return np.asarray(total - own, dtype=np.float32)


def histories(states: States, sequences: Sequences) -> Histories:
    """The steps of n sequences; one without events has none."""
    steps = states.steps(sequences)
    first = np.searchsorted(steps.sequence, steps.sequence)
    at = np.arange(len(first))[:, None] + np.arange(-BACK, 0)
    inside = at >= first[:, None]
    before = np.where(inside, steps.event[np.maximum(at, 0)], 0) if len(first) else at
    return Histories(before, steps.event, steps.sequence)
