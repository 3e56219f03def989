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
        ids = sequences_in(matrix).ids
        states = graph.node("Gather", graph.int64(self.of_id), ids)
        nothing = graph.node("Mul", graph.node("Slice", ids, *_range(graph, 0, 1)), graph.int64(0))
        events = graph.node("Concat", states, nothing, axis=1)
        before = graph.node("Concat", nothing, states, axis=1)
        step = graph.node("Greater", graph.node("Add", before, events), graph.int64(0))
        context = before
        if self.order == 2:
            earlier = graph.node("Slice", before, *_range(graph, 0, -1))
            earlier = graph.node("Concat", nothing, earlier, axis=1)
            far = graph.node("Mul", earlier, graph.int64(self.count))
            context = graph.node("Add", before, far)
        cell = graph.node("Add", graph.node("Mul", context, graph.int64(self.count)), events)
        return graph.node("Where", step, cell, graph.int64(0)), step


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


def gather_steps(graph: Graph, table: Float32, cells: str, step: str) -> str:
    """What a table says of each step, 0 where there is none: FLOAT [n, L + 1]."""
    said = graph.node("Gather", graph.float32(table.ravel()), cells)
    return graph.node("Where", step, said, graph.float32(0.0))


def count_steps(graph: Graph, step: str) -> str:
    """How many steps there are: FLOAT [n, 1], at least 1."""
    ones = graph.node("Cast", step, to=FLOAT)
    total = graph.node("ReduceSum", ones, graph.int64([1]), keepdims=1)
    return graph.node("Max", total, graph.float32(1.0))


def _range(graph: Graph, start: int, end: int) -> tuple[str, str, str]:
    return graph.int64([start]), graph.int64([end]), graph.int64([1])
