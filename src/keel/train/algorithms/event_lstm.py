"""Event LSTM: how unlikely the steps of a sequence are to a recurrent network."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Space
from keel.train.export.graph import Graph
from keel.train.matrix import Float32
from keel.train.models.attention_fit import plain_linear
from keel.train.models.deep import plain_array
from keel.train.models.next_event import BACK
from keel.train.models.next_event_fit import (
    fit_next_event,
    next_event_space,
    skip_next_event,
)

EMBEDDING = 16


class EventLstm:
    """A long short-term memory over the ten events before each step, which foretells the next. A
    sequence scores as its most surprising step, the mean of its steps, or the number of events
    that were not among the `candidates` likeliest.

    PyTorch fits it; answers need no PyTorch.

    Source: Du, Li, Zheng and Srikumar (2017), DeepLog: anomaly detection and diagnosis from system
    logs through deep learning, CCS, doi:10.1145/3133956.3134015, section 3.
    """

    name = "event_lstm"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences or PyTorch."""
        return skip_next_event(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """How steps are joined, and the width."""
        return next_event_space()

    def fit(self, fit: Fit) -> FittedModel:
        """Learn what comes next."""
        return fit_next_event(fit, _Learner)


@dataclass(frozen=True, eq=False)
class LstmNetwork:
    """shown: [count, 4h] what each state adds to the input, forget, cell and output gates. hidden:
    [h, 4h] what the state before adds. last, last_bias: [h, count] and [count]."""

    shown: Float32
    hidden: Float32
    last: Float32
    last_bias: Float32

    def logits(self, before: NDArray[np.int64]) -> Float32:
        """[k, count], see `Network`."""
        size = len(self.hidden)
        state: Float32 = np.zeros((len(before), size), dtype=np.float32)
        memory = np.zeros_like(state)
        for place in range(BACK):
            gates = self.shown[before[:, place]] + state @ self.hidden
            taken, kept, new, told = (gates[:, g * size : (g + 1) * size] for g in range(4))
            memory = _sigmoid(kept) * memory + _sigmoid(taken) * np.tanh(new)
            state = _sigmoid(told) * np.tanh(memory)
        return np.asarray(state @ self.last + self.last_bias, dtype=np.float32)

    def graph(self, graph: Graph, before: str) -> str:
        """The same inside the graph, step by step: the operator for it fails without rows."""
        shown, hidden = graph.float32(self.shown), graph.float32(self.hidden)
        state = memory = ""
        for place in range(BACK):
            now = graph.node("Gather", before, graph.int64(place), axis=1)
            gates = graph.node("Gather", shown, now, axis=0)
            if state:
                gates = graph.node("Add", gates, graph.node("MatMul", state, hidden))
            taken, kept, new, told = graph.nodes("Split", gates, outputs=4, axis=1, num_outputs=4)
            told = graph.node("Sigmoid", told)
            added = graph.node("Mul", graph.node("Sigmoid", taken), graph.node("Tanh", new))
            if memory:
                old = graph.node("Mul", graph.node("Sigmoid", kept), memory)
                added = graph.node("Add", old, added)
            memory = added
            state = graph.node("Mul", told, graph.node("Tanh", memory))
        product = graph.node("MatMul", state, graph.float32(self.last))
        return graph.node("Add", product, graph.float32(self.last_bias))


class _Learner:
    """The parameters while they are learned."""

    def __init__(self, count: int, width: int) -> None:
        from torch import nn

        self._embedding = nn.Embedding(count, EMBEDDING)
        self._memory = nn.LSTM(EMBEDDING, width, batch_first=True)
        self._last = nn.Linear(width, count)

    def parameters(self) -> Iterator[Any]:
        """All that is learned."""
        for part in (self._embedding, self._memory, self._last):
            yield from part.parameters()

    def logits(self, before: Any) -> Any:
        """[b, count] from [b, BACK] states."""
        return self._last(self._memory(self._embedding(before))[0][:, -1])

    def network(self) -> LstmNetwork:
        """As plain arrays."""
        memory = self._memory
        inputs = plain_array(self._embedding.weight) @ plain_array(memory.weight_ih_l0).T
        bias = plain_array(memory.bias_ih_l0) + plain_array(memory.bias_hh_l0)
        last = plain_linear(self._last)
        return LstmNetwork(
            inputs + bias,
            np.ascontiguousarray(plain_array(memory.weight_hh_l0).T),
            last.weight,
            last.bias,
        )


def _sigmoid(gate: Float32) -> Float32:
    return np.asarray(expit(gate), dtype=np.float32)


ALGORITHM = EventLstm()
