"""How likely each event follows what came before it, natively and inside a graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.export.graph import FLOAT, Graph, GraphMatrix
from keel.train.matrix import Float32, Sequences
from keel.train.models.event_counts import sequences_in

Integers = NDArray[np.int64]

MOST_STATES = 512
MOST_STATES_OF_TWO = 48
"""Events beyond the commonest share a state, more of them where two events are looked back at."""


@dataclass(frozen=True, eq=False)
class Steps:
    """Every step of n sequences, from before the first event to after the last.

    context: [k] numbers of what came before, event: [k] states. sequence: [k].
    """

    context: Integers
    event: Integers
    sequence: Integers


@dataclass(frozen=True, eq=False)
class States:
    """of_id: [width] the state of each id; 0 is before the first and after the last event. order:
    1 or 2, how many events are looked back at."""

    of_id: Integers
    count: int
    order: int

    @property
    def contexts(self) -> int:
        """How many there are."""
        return int(self.count**self.order)

    def steps(self, sequences: Sequences) -> Steps:
        """The steps of n sequences; one without events has none."""
        lengths = np.diff(sequences.starts)
        full = np.flatnonzero(lengths)
        # Two empty places before each sequence and one after it: no look back leaves it.
        begins = np.cumsum(lengths[full] + 3) - lengths[full] - 1
        line = np.zeros(int((lengths[full] + 3).sum()), dtype=np.int64)
        owner = np.repeat(full, lengths[full] + 3)
        offsets = np.arange(int(lengths[full].sum())) - np.repeat(
            np.cumsum(lengths[full]) - lengths[full], lengths[full]
        )
        line[np.repeat(begins, lengths[full]) + offsets] = self.of_id[sequences.ids]
        place = np.arange(len(line))
        is_step = place >= np.repeat(begins, lengths[full] + 3)
        now = place[is_step]
        context = line[now - 1]
        if self.order == 2:
            context = context + self.count * line[now - 2]
        return Steps(context, line[now], owner[now])

    def graph(self, graph: Graph, matrix: GraphMatrix) -> tuple[str, str]:
        """Cells of a [contexts, count] table and whether each is a step: INT64 and BOOL [n, L + 1].

        A cell that is no step is 0.
        """
        events, before, step = self.event_graph(graph, matrix, self.order)
        context = before[0]
        if self.order == 2:
            far = graph.node("Mul", before[1], graph.int64(self.count))
            context = graph.node("Add", context, far)
        cell = graph.node("Add", graph.node("Mul", context, graph.int64(self.count)), events)
        return graph.node("Where", step, cell, graph.int64(0)), step

    def event_graph(
        self, graph: Graph, matrix: GraphMatrix, back: int
    ) -> tuple[str, tuple[str, ...], str]:
        """The states of events, those of the `back` events before each, the nearest first, and
        whether each is a step: INT64, INT64 and BOOL [n, L + 1]."""
        ids = sequences_in(matrix).ids
        states = graph.node("Gather", graph.int64(self.of_id), ids)
        nothing = graph.node("Mul", graph.node("Slice", ids, *_range(graph, 0, 1)), graph.int64(0))
        events = graph.node("Concat", states, nothing, axis=1)
        before = [graph.node("Concat", nothing, states, axis=1)]
        step = graph.node("Greater", graph.node("Add", before[0], events), graph.int64(0))
        for _ in range(back - 1):
            earlier = graph.node("Slice", before[-1], *_range(graph, 0, -1))
            before.append(graph.node("Concat", nothing, earlier, axis=1))
        return events, tuple(before), step


def find_states(sequences: Sequences, order: int) -> States:
    """A state for each of the commonest ids, one for the other known ones, one for the unseen."""
    most = MOST_STATES if order == 1 else MOST_STATES_OF_TWO
    known = sequences.known
    of_id = np.zeros(sequences.width, dtype=np.int64)
    own = min(known, most)
    # Ids are numbered by how common they are.
    of_id[1 : own + 1] = np.arange(1, own + 1)
    of_id[own + 1 : known + 1] = own
    of_id[known + 1] = own + 1
    return States(of_id, own + 2, order)


def surprises(states: States, steps: Steps) -> Float32:
    """[contexts, count] minus logarithms of the chance of each event after each context.

    The chance after two events leans on that after one, and that on how common the event is, the
    more the more different events have followed.

    Source: Witten and Bell (1991), The zero-frequency problem, IEEE Transactions on Information
    Theory 37, method C, interpolated.
    """
    count = states.count
    common = np.bincount(steps.event, minlength=count) + 1.0
    chance = np.tile(common / common.sum(), (count, 1))
    chance = _lean(steps.context % count, steps.event, chance)
    if states.order == 2:
        chance = _lean(steps.context, steps.event, np.tile(chance, (count, 1)))
    return np.asarray(-np.log(chance), dtype=np.float32)


def _lean(context: Integers, event: Integers, base: NDArray[np.float64]) -> NDArray[np.float64]:
    seen = np.zeros(base.shape)
    np.add.at(seen, (context, event), 1.0)
    kinds = np.maximum((seen > 0).sum(axis=1, keepdims=True), 1)
    return np.asarray((seen + kinds * base) / (seen.sum(axis=1, keepdims=True) + kinds))


def ranks(surprise: Float32) -> Float32:
    """[contexts, count] how many events are likelier after each context than each event."""
    order = np.argsort(surprise, axis=1, kind="stable")
    placed = np.empty_like(order)
    np.put_along_axis(placed, order, np.arange(surprise.shape[1])[None, :], axis=1)
    return placed.astype(np.float32)


def join_steps(said: Float32, sequence: Integers, rows: int, how: str) -> Float32:
    """[n, 1] what the steps of each sequence say together: the `largest`, their `mean`, or their
    sum for `misses`. said, sequence: [k]. A sequence without steps is 0."""
    values = said.astype(np.float64)
    total = np.zeros(rows)
    if how == "largest":
        np.maximum.at(total, sequence, values)
    else:
        np.add.at(total, sequence, values)
    if how == "mean":
        total /= np.maximum(np.bincount(sequence, minlength=rows), 1)
    return total[:, None].astype(np.float32)


def join_graph(graph: Graph, said: str, step: str, how: str) -> str:
    """The same inside the graph: FLOAT [n, 1] from FLOAT and BOOL [n, L + 1]."""
    said = graph.node("Where", step, said, graph.float32(0.0))
    if how == "largest":
        return graph.node("ReduceMax", said, graph.int64([1]), keepdims=1)
    total = graph.node("ReduceSum", said, graph.int64([1]), keepdims=1)
    if how == "mean":
        ones = graph.node("Cast", step, to=FLOAT)
        count = graph.node("ReduceSum", ones, graph.int64([1]), keepdims=1)
        return graph.node("Div", total, graph.node("Max", count, graph.float32(1.0)))
    return total


def _range(graph: Graph, start: int, end: int) -> tuple[str, str, str]:
    return graph.int64([start]), graph.int64([end]), graph.int64([1])
