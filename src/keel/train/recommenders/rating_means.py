"""What an item is rated on average, and how generous the user is."""

from dataclasses import dataclass

import numpy as np

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Parameters, Range, Space
from keel.train.export.graph import Graph
from keel.train.models.picks import Picks
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores


class RatingMeans:
    """A rating is the mean of all, plus how far the item lies from it, plus how far the user lies
    from that, each drawn towards zero as if so many more ratings had said so.

    Source: Koren 2010, Factor in the neighbors, doi:10.1145/1644873.1644874, section 2.1, with the
    damping given there.
    """

    name = "rating_means"
    answers: Scores = "rating"

    def skip(self, facts: Facts) -> str | None:
        """No ratings."""
        return None if facts.has_value else "events have no value to predict"

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """How many ratings the means count as."""
        return {
            "item_damping": Range(1, 100, 25, log=True),
            "user_damping": Range(1, 100, 10, log=True),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Average."""
        picks = Picks(self.space(fit.facts), fit.parameters)
        held = fit.histories
        value = held.value.astype(np.float64)
        mean = float(value.mean()) if len(value) else 0.0
        count = np.bincount(held.item, minlength=held.items)
        strays = np.bincount(held.item, weights=value - mean, minlength=held.items)
        item = strays / (count + picks.number("item_damping"))
        parameters = {
            "item_damping": picks.number("item_damping"),
            "user_damping": picks.number("user_damping"),
            "mean": mean,
        }
        return RatingMeansModel(parameters, (mean + item).astype(np.float32))


@dataclass(frozen=True, eq=False)
class RatingMeansModel:
    """items: [items] the rating of each by a user like all."""

    parameters: Parameters
    items: Float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items] ratings. Values of the histories are ratings."""
        strays = histories.matrix(histories.value - self.items[histories.item]).sum(axis=1)
        counts = histories.lengths + self._damping
        generous = np.asarray(strays, dtype=np.float64).ravel() / counts
        return np.asarray(self.items + generous[:, None], dtype=np.float32)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        expected = graph.node("Gather", graph.float32(self.items), history.item, axis=0)
        stray = graph.node("Mul", graph.node("Sub", history.value, expected), history.known)
        summed = graph.node("ReduceSum", stray, graph.int64([1]), keepdims=1)
        counts = graph.node("Add", history.length(graph), graph.float32(self._damping))
        return graph.node("Add", graph.float32(self.items), graph.node("Div", summed, counts))

    @property
    def _damping(self) -> float:
        return float(self.parameters["user_damping"])  # type: ignore[arg-type]


RECOMMENDER = RatingMeans()
