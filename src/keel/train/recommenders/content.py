"""Items by what is known of them, for those that nobody has used yet."""

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
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores
from keel.train.recommenders import als

REGULARISATION = 6e-3


class ContentBased:
    """Factors of users and items by implicit ALS; every item is then asked about by the factors
    that its content foretells, whether or not it has users.

    Source: see `map_content`.
    """

    name = "content"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:
        """No content."""
        return None if facts.has_content else "nothing is known of items: declare an items table"

    def space(self, facts: Facts) -> Space:
        """That of ALS, with fewer factors, less held back: content foretells only the first."""
        space = dict(als.RECOMMENDER.space(facts))
        factors = space["factors"]
        if isinstance(factors, Range):
            fewer = min(max(16.0, factors.low), factors.high)
            space["factors"] = replace(factors, default=fewer)
        penalty = space["regularisation"]
        if isinstance(penalty, Range):
            space["regularisation"] = replace(penalty, default=REGULARISATION)
        return {**space, "content_penalty": Range(0.1, 300, 10, log=True)}

    def fit(self, fit: Fit) -> FittedRecommender:
        """Factorise, then map."""
        content = fit.content
        if content is None:
            raise ValueError("a fit without content: it is skipped")
        picks = Picks(self.space(fit.facts), fit.parameters)
        factors = als.fit_als(fit, picks)
        penalty = picks.number("content_penalty")
        used = fit.interactions.item_counts() > 0
        with fitting(1):
            mapped = map_content(content, factors.items, used, penalty)
        parameters = {**factors.parameters, "content_penalty": penalty}
        return MappedModel(parameters, factors, mapped)


@dataclass(frozen=True, eq=False)
class MappedModel:
    """factors: that users are folded in by. mapped: [items, k] that items are asked about by."""

    parameters: Parameters
    factors: FactorModel
    mapped: Float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        return np.asarray(self.factors.users(histories) @ self.mapped.T)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        users = self.factors.graph_users(graph, history)
        return graph.node("MatMul", users, graph.float32(self.mapped.T))


RECOMMENDER = ContentBased()
