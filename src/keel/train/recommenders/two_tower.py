"""One network for users and one for items, which meet in a product."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from keel.data.histories import Float32, Histories
from keel.data.interactions import Codes
from keel.train.algorithm import Choice, Parameters, Range, Space
from keel.train.export.graph import Graph
from keel.train.models.deep import lacks_torch, learn, plain_array
from keel.train.models.picks import Picks
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommend.learn_twice import learn_twice
from keel.train.recommend.pooled_model import pool, pool_graph
from keel.train.recommend.weighting import Weighting, read_weighting, weighting_space
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

BATCH_USERS = 64
LEARNING_RATE = 3e-3
MOST_RIVALS = 8_192
"""Items that one step compares with: the whole catalogue, or as many drawn at random."""


class TwoTower:
    """The user tower takes the sum of a history's item vectors through a rectified layer; the item
    tower adds what content says of an item to a vector of its own. A user's items, of which half
    are hidden from their tower at random, should stand out of the catalogue (softmax).

    PyTorch fits it; the towers are then plain matrices, and answers need no PyTorch.

    Source: Covington, Adams and Sargin 2016, Deep neural networks for YouTube recommendations,
    doi:10.1145/2959100.2959190; loss: Liang, Krishnan, Hoffman and Jebara 2018, Variational
    autoencoders for collaborative filtering, doi:10.1145/3178876.3186150, equation 2.
    """

    name = "two_tower"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """PyTorch is not there."""
        return lacks_torch()

    def space(self, facts: Facts) -> Space:
        """Widths and how hard it is held back."""
        return {
            "factors": Choice((64, 32, 128)),
            "weight_decay": Range(0.03, 10, 1.0, log=True),
            "hidden_share": Range(0.2, 0.8, 0.5),
            **weighting_space(facts),
            "by_value": Choice((False,)),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Learn. Items fade in the histories that are asked for only."""
        picks = Picks(self.space(fit.facts), fit.parameters)

        def once(histories: Histories, held: Histories | None, most: int) -> tuple[_Towers, int]:
            towers = _Towers(fit, picks.whole("factors"))
            return towers, _learn(towers, histories, held, most, picks=picks, seed=fit.seed)

        towers, rounds = learn_twice(fit, picks, once)
        inward, middle, shift, outward, bias = (plain_array(t) for t in towers.tensors())
        parameters = {name: picks.value(name) for name in self.space(fit.facts)}
        parameters["rounds"] = rounds
        return TowerModel(
            parameters, read_weighting(picks), inward, middle, shift, outward, bias.ravel()
        )


@dataclass(frozen=True, eq=False)
class TowerModel:
    """inward: [items, k] what an item of a history means. middle: [k, k], shift: [k] of the user's
    layer. outward: [items, k] of items asked about. bias: [items]."""

    parameters: Parameters
    weighting: Weighting
    inward: Float32
    middle: Float32
    shift: Float32
    outward: Float32
    bias: Float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        pooled = pool(histories, self.weighting, self.inward)
        user = np.maximum(pooled @ self.middle + self.shift, 0.0) + pooled
        return np.asarray(user @ self.outward.T + self.bias, dtype=np.float32)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        pooled = pool_graph(graph, history, self.weighting, self.inward)
        layer = graph.node("MatMul", pooled, graph.float32(self.middle))
        bent = graph.node("Relu", graph.node("Add", layer, graph.float32(self.shift)))
        user = graph.node("Add", bent, pooled)
        product = graph.node("MatMul", user, graph.float32(self.outward.T))
        return graph.node("Add", product, graph.float32(self.bias))


class _Towers:
    """The parameters while they are learned."""

    def __init__(self, fit: Fit, factors: int) -> None:
        import torch

        items = fit.interactions.items

        def drawn(*shape: int) -> Any:
            return torch.nn.Parameter(torch.randn(*shape) * shape[-1] ** -0.5)

        self.inward, self.own = drawn(items, factors), drawn(items, factors)
        self.middle = drawn(factors, factors)
        self.shift = torch.nn.Parameter(torch.zeros(factors))
        self.bias = torch.nn.Parameter(torch.zeros(items))
        self.learned = [self.inward, self.own, self.middle, self.shift, self.bias]
        self._content: Any = None
        if fit.content is not None:
            held = fit.content.features.tocoo()
            places = torch.from_numpy(np.array([held.row, held.col], dtype=np.int64))
            values = torch.from_numpy(held.data.astype(np.float32))
            self._content = torch.sparse_coo_tensor(
                places, values, held.shape, check_invariants=True
            ).coalesce()
            self._map = torch.nn.Parameter(torch.zeros(held.shape[1], factors))
            self.learned.append(self._map)

    def outward(self) -> Any:
        """[items, k] of the item tower."""
        if self._content is None:
            return self.own
        import torch

        return self.own + torch.sparse.mm(self._content, self._map)

    def users(self, pooled: Any) -> Any:
        """[b, k] of the user tower, for sums of item vectors."""
        return (pooled @ self.middle + self.shift).relu() + pooled

    def tensors(self) -> tuple[Any, ...]:
        """What the fitted model keeps."""
        return self.inward, self.middle, self.shift, self.outward(), self.bias


def _learn(
    towers: _Towers,
    histories: Histories,
    held: Histories | None,
    rounds: int,
    *,
    picks: Picks,
    seed: int,
) -> int:
    import torch

    random, hidden = np.random.default_rng(seed), picks.number("hidden_share")
    optimizer = torch.optim.AdamW(
        towers.learned, lr=LEARNING_RATE, weight_decay=picks.number("weight_decay")
    )

    def losses() -> Iterator[Any]:
        for part, weight in _batches(histories, hidden, random):
            yield _loss(towers, part, weight, _rivals(part, random))

    def of_held() -> float:
        same = np.random.default_rng(seed)
        batches = _batches(held, hidden, same)  # type: ignore[arg-type]
        return sum(float(_loss(towers, *batch, _rivals(batch[0], same))) for batch in batches)

    return learn(optimizer, losses, rounds, None if held is None else of_held)


def _rivals(part: Histories, random: np.random.Generator) -> Codes | None:
    """Items that the users of one step are compared by; None for all."""
    if part.items <= MOST_RIVALS:
        return None
    return np.union1d(random.choice(part.items, MOST_RIVALS, replace=False), part.item)


def _loss(towers: _Towers, part: Histories, weight: Float32, rivals: Codes | None) -> Any:
    import torch

    rows = towers.inward[torch.from_numpy(part.item)] * torch.from_numpy(weight)[:, None]
    pooled = torch.zeros(len(part), rows.shape[1])
    pooled = pooled.index_add(0, torch.from_numpy(part.owner), rows)
    outward, bias, wanted = towers.outward(), towers.bias, part.matrix()
    if rivals is not None:
        chosen = torch.from_numpy(rivals)
        outward, bias, wanted = outward[chosen], bias[chosen], wanted[:, rivals]
    target = torch.from_numpy(np.asarray(wanted.toarray(), dtype=np.float32))
    chance = torch.log_softmax(towers.users(pooled) @ outward.T + bias, dim=1)
    return -(chance * target).sum() / target.sum().clamp(min=1)


def _batches(
    histories: Histories, hidden: float, random: np.random.Generator
) -> Iterator[tuple[Histories, Float32]]:
    """Some users at a time, and what each of their items counts in their tower's sum: 0 if it is
    hidden."""
    order = random.permutation(np.flatnonzero(histories.lengths > 1))
    for start in range(0, len(order), BATCH_USERS):
        part = histories.take(order[start : start + BATCH_USERS])
        shown = random.random(len(part.item)) >= hidden
        many = np.maximum(np.bincount(part.owner, shown, minlength=len(part)), 1.0)
        yield part, (shown / np.sqrt(many)[part.owner]).astype(np.float32)


RECOMMENDER = TwoTower()
