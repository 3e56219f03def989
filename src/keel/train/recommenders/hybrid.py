"""What users do together where much is known, content and popularity where little is."""

from dataclasses import dataclass, replace

import numpy as np

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Parameters, Range, Space
from keel.train.export.graph import Graph
from keel.train.models.fitting import fitting
from keel.train.models.picks import Picks
from keel.train.recommend.content_map import map_content
from keel.train.recommend.factor_model import FactorModel
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommend.item_weights import ItemWeightsModel
from keel.train.recommend.weighting import weighting_space
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores
from keel.train.recommenders import als, ease, popularity


class Hybrid:
    """Mixes parts that all foretell the chance that a user uses an item, so that they can be
    added: EASE and implicit ALS (`mix` is the share of ALS); for an item with n users the mean of
    that and of what its content foretells, the latter counting as `item_prior` users; for a user
    with m items the mean of that and of popularity (in their segment), which counts as
    `user_prior` items.

    Source: Burke 2002, Hybrid recommender systems, doi:10.1023/A:1021240730564, weighted and
    switching hybrids; the shares by counts are those of a mean with a prior.
    """

    name = "hybrid"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """What matters most of each part; the rest is as each part comes."""
        factors = als.RECOMMENDER.space(facts)
        space = {
            "mix": Range(0.0, 1.0, 0.7),
            "penalty": Range(10, 5000, 300, log=True),
            "factors": factors["factors"],
            "regularisation": factors["regularisation"],
            "damping": factors["damping"],
            "user_prior": Range(0.01, 10, 0.3, log=True),
            **weighting_space(facts),
        }
        if facts.has_content:
            space["item_prior"] = Range(0.3, 100, 3, log=True)
            space["content_penalty"] = Range(0.1, 300, 10, log=True)
        return space

    def fit(self, fit: Fit) -> FittedRecommender:
        """Fit the parts."""
        space = self.space(fit.facts)
        picks = Picks(space, fit.parameters)
        picked = {name: picks.value(name) for name in space}
        factors = _part(fit, als.RECOMMENDER, picked)
        linear = _part(fit, ease.RECOMMENDER, picked)
        popular = popularity.RECOMMENDER.fit(
            replace(fit, parameters={"by_segment": fit.segments > 1})
        )
        if not isinstance(factors, FactorModel) or not isinstance(linear, ItemWeightsModel):
            raise TypeError("the parts of a hybrid are other models than they were")
        count = fit.interactions.item_counts()
        trust = np.ones(len(count))
        mapped = factors.items
        if fit.content is not None:
            trust = count / (count + picks.number("item_prior"))
            with fitting(1):
                mapped = map_content(
                    fit.content, factors.items, count > 0, picks.number("content_penalty")
                )
        # A share of all events becomes the share of users by how many items a user has.
        each = len(fit.histories.item) / max(1, fit.interactions.users)
        mix = picks.number("mix")
        asked = (mix * trust)[:, None] * factors.items + (1 - trust)[:, None] * mapped
        return HybridModel(
            picked,
            factors,
            asked.astype(np.float32),
            linear,
            ((1 - mix) * trust).astype(np.float32),
            popular,
            np.float32(each),
            np.float32(picks.number("user_prior")),
        )


def _part(fit: Fit, recommender: als.Als | ease.Ease, picked: Parameters) -> FittedRecommender:
    own = recommender.space(fit.facts)
    return recommender.fit(replace(fit, parameters={k: v for k, v in picked.items() if k in own}))


@dataclass(frozen=True, eq=False)
class HybridModel:
    """factors: that users are folded in by. asked: [items, k] what is multiplied with them. trust:
    [items] the share of the linear part. each: how many items a user has on average. prior: how
    many items popularity counts as."""

    parameters: Parameters
    factors: FactorModel
    asked: Float32
    linear: ItemWeightsModel
    trust: Float32
    popular: FittedRecommender
    each: np.float32
    prior: np.float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        known = histories.lengths.astype(np.float32)[:, None]
        own = self.factors.users(histories) @ self.asked.T
        own = own + self.linear.scores(histories) * self.trust
        popular = self.popular.scores(histories) * self.each
        return np.asarray((known * own + self.prior * popular) / (known + self.prior))

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        users = self.factors.graph_users(graph, history)
        product = graph.node("MatMul", users, graph.float32(self.asked.T))
        linear = self.linear.graph(graph, history)
        own = graph.node("Add", product, graph.node("Mul", linear, graph.float32(self.trust)))
        popular = graph.node("Mul", self.popular.graph(graph, history), graph.float32(self.each))
        known = history.length(graph)
        prior = graph.float32(self.prior)
        total = graph.node("Add", graph.node("Mul", known, own), graph.node("Mul", popular, prior))
        return graph.node("Div", total, graph.node("Add", known, prior))


RECOMMENDER = Hybrid()
