"""A network that is shown a user and an item together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
RIVALS = 4
"""Items drawn for each one that was used, as in the paper."""

MOST_ITEMS = 100_000
"""Every item goes through the network for every answer."""

_HELD = 1 << 22


class NeuralCollaborativeFiltering:
    """Adds a weighted product of user and item factors to what a network of two layers makes of
    another pair of factors, and learns to tell used items from drawn ones. A user is the sum of the
    vectors of their items (NeuMF with a history in place of a user's own vector), without the item
    in question while learning.

    PyTorch fits it; answers need no PyTorch.

    Source: He, Liao, Zhang, Nie, Hu and Chua 2017, Neural collaborative filtering,
    doi:10.1145/3038912.3052569, section 3.4.
    """

    name = "ncf"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:
        """PyTorch is not there, or too many items."""
        if facts.items > MOST_ITEMS:
            return f"{facts.items} items: each goes through the network, at most {MOST_ITEMS}"
        return lacks_torch()

    def space(self, facts: Facts) -> Space:
        """Widths and how hard it is held back."""
        return {
            "factors": Choice((32, 16, 64)),
            "hidden": Choice((32, 16, 64)),
            "weight_decay": Range(0.01, 3, 0.3, log=True),
            **weighting_space(facts),
            "by_value": Choice((False,)),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Learn. Items fade in the histories that are asked for only."""
        picks = Picks(self.space(fit.facts), fit.parameters)

        def once(histories: Histories, held: Histories | None, most: int) -> tuple[_Tables, int]:
            tables = _Tables(histories.items, picks.whole("factors"), picks.whole("hidden"))
            decay = picks.number("weight_decay")
            return tables, _learn(tables, histories, held, most, decay=decay, seed=fit.seed)

        tables, rounds = learn_twice(fit, picks, once)
        learned = {name: plain_array(each) for name, each in tables.named.items()}
        parameters = {name: picks.value(name) for name in self.space(fit.facts)}
        factors = picks.whole("factors")
        # The first layer of a pair is a sum, so that the item's part is made once.
        return NcfModel(
            {**parameters, "rounds": rounds},
            read_weighting(picks),
            learned["inward"],
            learned["product"] * learned["weight"],
            learned["bias"],
            learned["first"][:factors],
            learned["pair"] @ learned["first"][factors:] + learned["shift"],
            learned["second"],
        )


@dataclass(frozen=True, eq=False)
class NcfModel:
    """inward: [items, k] what an item of a history means. product: [items, k] factors of items,
    weighted. bias: [items]. user: [k, h] from a user to the hidden layer. item: [items, h] what
    each item adds to it. out: [h] from there to the score."""

    parameters: Parameters
    weighting: Weighting
    inward: Float32
    product: Float32
    bias: Float32
    user: Float32
    item: Float32
    out: Float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        pooled = pool(histories, self.weighting, self.inward)
        scores = pooled @ self.product.T + self.bias
        inner = pooled @ self.user
        rows = max(1, _HELD // max(1, self.item.size))
        for start in range(0, len(scores), rows):
            layer = np.maximum(inner[start : start + rows, None] + self.item, 0.0)
            scores[start : start + rows] += layer @ self.out
        return np.asarray(scores, dtype=np.float32)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        graph.hold(int(self.item.size))
        pooled = pool_graph(graph, history, self.weighting, self.inward)
        product = graph.node("MatMul", pooled, graph.float32(self.product.T))
        inner = graph.node("MatMul", pooled, graph.float32(self.user))
        across = graph.node("Unsqueeze", inner, graph.int64([1]))
        layer = graph.node("Relu", graph.node("Add", across, graph.float32(self.item[None])))
        bent = graph.node("MatMul", layer, graph.float32(self.out))
        return graph.node("Add", graph.node("Add", product, bent), graph.float32(self.bias))


class _Tables:
    """The parameters while they are learned."""

    def __init__(self, items: int, factors: int, hidden: int) -> None:
        import torch

        def drawn(*shape: int, scale: float) -> Any:
            return torch.nn.Parameter(torch.randn(*shape) * scale)

        size = factors**-0.5
        self.named = {
            "inward": drawn(items, factors, scale=size),
            "product": drawn(items, factors, scale=size),
            "pair": drawn(items, factors, scale=size),
            "bias": drawn(items, scale=0.0),
            "weight": torch.nn.Parameter(torch.ones(factors)),
            "first": drawn(2 * factors, hidden, scale=size),
            "shift": drawn(hidden, scale=0.0),
            "second": drawn(hidden, scale=hidden**-0.5),
        }

    def margins(self, user: Any, item: Any) -> Any:
        """[m] scores of pairs; user: [m, k] sums of item vectors; item: [m] codes."""
        import torch

        own = self.named
        product = (user * own["product"][item] * own["weight"]).sum(dim=1)
        pair = torch.cat([user, own["pair"][item]], dim=1)
        layer = (pair @ own["first"] + own["shift"]).relu()
        return product + layer @ own["second"] + own["bias"][item]


def _learn(
    tables: _Tables,
    histories: Histories,
    held: Histories | None,
    rounds: int,
    *,
    decay: float,
    seed: int,
) -> int:
    import torch

    random = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(list(tables.named.values()), lr=LEARNING_RATE, weight_decay=decay)

    def losses() -> Iterator[Any]:
        return (_loss(tables, part, random) for part in _batches(histories, random))

    def of_held() -> float:
        return float(_loss(tables, held, np.random.default_rng(seed)))  # type: ignore[arg-type]

    return learn(optimizer, losses, rounds, None if held is None else of_held)


def _loss(tables: _Tables, part: Histories, random: np.random.Generator) -> Any:
    import torch

    owner, used = torch.from_numpy(part.owner), torch.from_numpy(part.item)
    inward = tables.named["inward"]
    rows = inward[used]
    total = torch.zeros(len(part), rows.shape[1]).index_add_(0, owner, rows)
    others = torch.from_numpy(np.maximum(part.lengths - 1, 1).astype(np.float32))
    without = (total[owner] - rows) / others[owner, None].sqrt()
    drawn, right = _rivals(part, random)
    whole = total / others[:, None].sqrt()
    at = torch.from_numpy(np.repeat(part.owner, RIVALS)[right])
    near = tables.margins(without, used)
    far = tables.margins(whole[at], torch.from_numpy(drawn[right]))
    loss = torch.nn.functional.softplus
    return (loss(-near).sum() + loss(far).sum()) / len(near)


def _rivals(part: Histories, random: np.random.Generator) -> tuple[Codes, NDArray[np.bool_]]:
    """Drawn items, and which of them their user had not used."""
    drawn = random.integers(0, part.items, len(part.item) * RIVALS)
    key = np.repeat(part.owner, RIVALS) * part.items + drawn
    return drawn, ~np.isin(key, part.owner * part.items + part.item)


def _batches(histories: Histories, random: np.random.Generator) -> Iterator[Histories]:
    order = random.permutation(np.flatnonzero(histories.lengths > 1))
    for start in range(0, len(order), BATCH_USERS):
        yield histories.take(order[start : start + BATCH_USERS])


RECOMMENDER = NeuralCollaborativeFiltering()
