"""What comes next, from the order of what came before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from keel.data.histories import NOTHING, Float32, Histories
from keel.data.interactions import Codes
from keel.train.algorithm import Choice, Parameters, Range, Space
from keel.train.export.graph import BOOL, INT64, Graph
from keel.train.models.attention import Block, Norm, looking_back, looking_back_graph
from keel.train.models.attention_fit import new_block, plain_block, plain_norm, run_block
from keel.train.models.deep import lacks_torch, learn, plain_array
from keel.train.models.picks import Picks
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommend.learn_twice import learn_twice
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

LENGTH = 50
"""How many items of a history it looks at: the latest."""

BATCH = 64
LEARNING_RATE = 3e-3
MOST_RIVALS = 4_096
"""Items that one step compares with: the whole catalogue, or as many drawn at random."""


class SelfAttentive:
    """Layers of self-attention over the latest 50 items, each place foretelling the next item
    among all (softmax). An item has one vector, for what it means in a history and for being asked
    about.

    PyTorch fits it; the layers are then plain matrices, and answers need no PyTorch.

    Source: Kang and McAuley 2018, Self-attentive sequential recommendation,
    doi:10.1109/ICDM.2018.00035; loss: Klenitskiy and Vasilev 2023, Turning dross into gold loss,
    doi:10.1145/3604915.3610644.
    """

    name = "sasrec"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:
        """No order, or PyTorch is not there."""
        if not facts.has_time:
            return "events have no time, so there is no order to learn"
        return lacks_torch()

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Size, and how hard it is held back."""
        return {
            "factors": Choice((64, 32, 128)),
            "blocks": Choice((2, 1)),
            "dropout": Range(0.1, 0.6, 0.3),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Learn from windows of all histories."""
        picks = Picks(self.space(fit.facts), fit.parameters)
        size = fit.interactions.items, picks.whole("factors"), picks.whole("blocks")

        def once(histories: Histories, held: Histories | None, most: int) -> tuple[_Network, int]:
            network = _Network(*size, picks.number("dropout"))
            return network, _learn(network, histories, held, most, fit.seed)

        network, rounds = learn_twice(fit, picks, once)
        parameters = {name: picks.value(name) for name in self.space(fit.facts)}
        return network.model({**parameters, "rounds": rounds, "length": LENGTH})


@dataclass(frozen=True, eq=False)
class SasrecModel:
    """items: [items, k]. place: [L, k] added by place, the latest item's last. final: at the end.
    bias: [items]."""

    parameters: Parameters
    items: Float32
    place: Float32
    blocks: tuple[Block, ...]
    final: Norm
    bias: Float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        length = len(self.place)
        latest = _latest(histories, length)
        known = latest != NOTHING
        x = self.items[latest] * known[:, :, None] * self._scale + self.place
        hidden = looking_back(known)
        for block in self.blocks:
            x = block.apply(np.asarray(x, dtype=np.float32), hidden)
        return np.asarray(self.final.apply(x[:, -1]) @ self.items.T + self.bias, dtype=np.float32)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        length = len(self.place)
        many = graph.node("Cast", history.length(graph), to=INT64)
        at = graph.node("Add", many, graph.int64(np.arange(-length, 0)[None]))
        known = graph.node("GreaterOrEqual", at, graph.int64(0))
        held = graph.node("Max", at, graph.int64(0))
        latest = graph.node("GatherElements", history.item, held, axis=1)
        rows = graph.node("Gather", graph.float32(self.items * self._scale), latest, axis=0)
        deep = graph.node("Unsqueeze", known, graph.int64([2]))
        x = graph.node("Where", deep, rows, graph.float32(0.0))
        x = graph.node("Add", x, graph.float32(self.place))
        hidden = looking_back_graph(graph, graph.node("Cast", known, to=BOOL), length)
        for block in self.blocks:
            x = block.graph(graph, x, hidden)
        last = graph.node("Gather", x, graph.int64(length - 1), axis=1)
        user = self.final.graph(graph, last)
        product = graph.node("MatMul", user, graph.float32(self.items.T))
        return graph.node("Add", product, graph.float32(self.bias))

    @property
    def _scale(self) -> np.float32:
        return np.float32(self.items.shape[1] ** 0.5)


class _Network:
    """The parameters while they are learned."""

    def __init__(self, items: int, factors: int, blocks: int, dropout: float) -> None:
        import torch
        from torch import nn

        self.items = nn.Parameter(torch.randn(items, factors) * factors**-0.5)
        self.place = nn.Parameter(torch.randn(LENGTH, factors) * 0.02)
        self.bias = nn.Parameter(torch.zeros(items))
        self.blocks = [new_block(factors) for _ in range(blocks)]
        self.final = nn.LayerNorm(factors)
        self.dropout = dropout
        self.scale = factors**0.5

    def parameters(self) -> Iterator[Any]:
        """All that is learned."""
        yield from (self.items, self.place, self.bias, *self.final.parameters())
        for block in self.blocks:
            yield from block.parameters()

    def users(self, latest: Any, dropout: float) -> Any:
        """[b, L, k] what each place foretells, from [b, L] items padded in front."""
        import torch

        known = latest >= 0
        drop = torch.nn.functional.dropout
        x = self.items[latest.clamp(min=0)] * known[:, :, None] * self.scale + self.place
        x = drop(x, dropout)
        hidden = torch.from_numpy(looking_back(known.numpy()))
        for block in self.blocks:
            x = run_block(block, x, hidden, dropout)
        return self.final(x)

    def model(self, parameters: Parameters) -> SasrecModel:
        """As plain arrays."""
        return SasrecModel(
            parameters,
            plain_array(self.items),
            plain_array(self.place),
            tuple(plain_block(block) for block in self.blocks),
            plain_norm(self.final),
            plain_array(self.bias),
        )


def _learn(
    network: _Network, histories: Histories, held: Histories | None, rounds: int, seed: int
) -> int:
    import torch

    random, windows = np.random.default_rng(seed), _windows(histories)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.01)

    def losses() -> Iterator[Any]:
        order = random.permutation(len(windows))
        for start in range(0, len(order), BATCH):
            part = windows[order[start : start + BATCH]]
            yield _loss(network, part, random, network.dropout)

    def of_held() -> float:
        same, own = np.random.default_rng(seed), _windows(held)  # type: ignore[arg-type]
        parts = (own[start : start + BATCH] for start in range(0, len(own), BATCH))
        return sum(float(_loss(network, part, same, 0.0)) * len(part) for part in parts)

    return learn(optimizer, losses, rounds, None if held is None else of_held)


def _loss(network: _Network, windows: Codes, random: np.random.Generator, dropout: float) -> Any:
    import torch

    user = network.users(torch.from_numpy(windows[:, :-1].copy()), dropout)
    truth = windows[:, 1:]
    wanted = truth != NOTHING
    rows, bias, code = network.items, network.bias, truth[wanted]
    if len(rows) > MOST_RIVALS:
        drawn = random.choice(len(rows), MOST_RIVALS, replace=False)
        held = np.union1d(drawn, code)
        code = np.searchsorted(held, code)
        rows, bias = rows[torch.from_numpy(held)], bias[torch.from_numpy(held)]
    logits = user[torch.from_numpy(wanted)] @ rows.T + bias
    return torch.nn.functional.cross_entropy(logits, torch.from_numpy(code))


def _windows(histories: Histories) -> Codes:
    """[w, L + 1] runs of items, padded in front; long histories are cut from their end on, each
    run beginning with the item that the one before it ended with."""
    found = []
    for row in range(len(histories)):
        items = histories.item[histories.start[row] : histories.start[row + 1]]
        for end in range(len(items), 1, -LENGTH):
            window = np.full(LENGTH + 1, NOTHING, dtype=np.int64)
            part = items[max(0, end - LENGTH - 1) : end]
            window[LENGTH + 1 - len(part) :] = part
            found.append(window)
    return np.array(found, dtype=np.int64).reshape(-1, LENGTH + 1)


def _latest(histories: Histories, length: int) -> Codes:
    """[n, length] the latest items, padded in front."""
    at = histories.start[1:, None] + np.arange(-length, 0)
    inside = at >= histories.start[:-1, None]
    if not len(histories.item):
        return np.full(at.shape, NOTHING, dtype=np.int64)
    return np.where(inside, histories.item[np.maximum(at, 0)], NOTHING)


RECOMMENDER = SelfAttentive()
