"""Event attention: how unlikely the steps of a sequence are to layers of self-attention."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Space
from keel.train.export.graph import Graph
from keel.train.matrix import Float32
from keel.train.models.attention import (
    Block,
    Linear,
    Norm,
    looking_back,
    looking_back_graph,
)
from keel.train.models.attention_fit import (
    new_block,
    plain_block,
    plain_linear,
    plain_norm,
    run_block,
)
from keel.train.models.deep import plain_array
from keel.train.models.next_event import BACK
from keel.train.models.next_event_fit import (
    fit_next_event,
    next_event_space,
    skip_next_event,
)

BLOCKS = 1
DROPOUT = 0.1


class EventAttention:
    """A layer of self-attention over the ten events before each step, which foretells the next.
    A sequence scores as its most surprising step, the mean of its steps, or the number of events
    that were not among the `candidates` likeliest.

    PyTorch fits it; answers need no PyTorch.

    Source: attention over events in place of a memory, as Guo, Yuan and Wu (2021), LogBERT,
    IJCNN, doi:10.1109/IJCNN52387.2021.9534113, here looking back only and judged by the next event
    as in DeepLog, doi:10.1145/3133956.3134015.
    """

    name = "event_attention"
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
class AttentionNetwork:
    """embedding: [count, h]. place: [BACK, h], added by place. final, last: at the end."""

    embedding: Float32
    place: Float32
    blocks: tuple[Block, ...]
    final: Norm
    last: Linear

    def logits(self, before: NDArray[np.int64]) -> Float32:
        """[k, count], see `Network`."""
        x = self.embedding[before] + self.place
        hidden = looking_back(before > 0)
        for block in self.blocks:
            x = block.apply(x, hidden)
        return self.last.apply(self.final.apply(x[:, -1]))

    def graph(self, graph: Graph, before: str) -> str:
        """The same inside the graph."""
        known = graph.node("Greater", before, graph.int64(0))
        rows = graph.node("Gather", graph.float32(self.embedding), before, axis=0)
        x = graph.node("Add", rows, graph.float32(self.place))
        hidden = looking_back_graph(graph, known, BACK)
        for block in self.blocks:
            x = block.graph(graph, x, hidden)
        x = graph.node("Gather", x, graph.int64(BACK - 1), axis=1)
        return self.last.graph(graph, self.final.graph(graph, x))


class _Learner:
    """The parameters while they are learned."""

    def __init__(self, count: int, width: int) -> None:
        import torch
        from torch import nn

        self._embedding = nn.Embedding(count, width)
        self._place = nn.Parameter(torch.randn(BACK, width) * 0.02)
        self._blocks = nn.ModuleList([new_block(width) for _ in range(BLOCKS)])
        self._final = nn.LayerNorm(width)
        self._last = nn.Linear(width, count)

    def parameters(self) -> Iterator[Any]:
        """All that is learned."""
        yield self._place
        for part in (self._embedding, self._blocks, self._final, self._last):
            yield from part.parameters()

    def logits(self, before: Any) -> Any:
        """[b, count] from [b, BACK] states."""
        import torch

        x = self._embedding(before) + self._place
        hidden = torch.from_numpy(looking_back(before.numpy() > 0))
        # Nothing is dropped while a loss is only read.
        dropout = DROPOUT if torch.is_grad_enabled() else 0.0
        for block in self._blocks:
            x = run_block(block, x, hidden, dropout)
        return self._last(self._final(x[:, -1]))

    def network(self) -> AttentionNetwork:
        """As plain arrays."""
        return AttentionNetwork(
            plain_array(self._embedding.weight),
            plain_array(self._place),
            tuple(plain_block(block) for block in self._blocks),
            plain_norm(self._final),
            plain_linear(self._last),
        )


ALGORITHM = EventAttention()
