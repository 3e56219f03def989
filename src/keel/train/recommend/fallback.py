"""A recommender that answers a user of whom nothing is known with what most users like."""

from dataclasses import dataclass, replace

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommender import Fit, FittedRecommender, Recommender
from keel.train.recommenders import popularity


def fit_with_fallback(recommender: Recommender, fit: Fit) -> FittedRecommender:
    """Fit; a ranking without a history is that of popularity, in the user's segment."""
    model = recommender.fit(fit)
    if recommender.answers != "rank" or recommender.name == popularity.RECOMMENDER.name:
        return model
    parameters = {"by_segment": fit.segments > 1}
    popular = popularity.RECOMMENDER.fit(replace(fit, parameters=parameters))
    return FallbackModel(model, popular)


@dataclass(frozen=True, eq=False)
class FallbackModel:
    """model: for those with a history. popular: for those without."""

    model: FittedRecommender
    popular: FittedRecommender

    @property
    def parameters(self) -> Parameters:
        """Of the model."""
        return self.model.parameters

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        scores = self.model.scores(histories)
        empty = (histories.lengths == 0).nonzero()[0]
        if len(empty):
            scores[empty] = self.popular.scores(histories.take(empty))
        return scores

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        known = graph.node("Greater", history.length(graph), graph.float32(0.0))
        popular = self.popular.graph(graph, history)
        return graph.node("Where", known, self.model.graph(graph, history), popular)
