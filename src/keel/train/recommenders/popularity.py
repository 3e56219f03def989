"""What most users do, in general or in one's segment, lately more than long ago."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.data.histories import Float32, Histories
from keel.data.interactions import Interactions
from keel.train.algorithm import Choice, Parameters, Range, Space
from keel.train.export.graph import Graph
from keel.train.models.picks import Picks
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

HALF_LIVES_DAYS = (None, 90.0, 30.0, 7.0)


class Popularity:
    """The share of the events that each item has; an event `half_life_days` older counts half.

    In a segment of users (known of them beside their events) the shares are those of the segment,
    drawn towards those of everyone as if `prior` of its events had been everyone's.

    Source: Ji, Sun, Zhang and Li 2020, A re-visit of the popularity baseline in recommender
    systems, doi:10.1145/3397271.3401233; prior: Manning, Raghavan and Schuetze 2008, Introduction
    to Information Retrieval, 12.2.2.
    """

    name = "popularity"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """Nothing fades where events have no time."""
        space: dict[str, Choice | Range] = {
            "half_life_days": Choice(HALF_LIVES_DAYS if facts.has_time else (None,)),
            "by_segment": Choice((False, True) if facts.segments > 1 else (False,)),
        }
        if facts.segments > 1:
            space["prior"] = Range(10, 1e5, 1000, log=True)
        return space

    def fit(self, fit: Fit) -> FittedRecommender:
        """Count."""
        picks = Picks(self.space(fit.facts), fit.parameters)
        half_life = picks.value("half_life_days")
        fades = picks.number("half_life_days") if half_life is not None else None
        weight = _weights(fit.interactions, fades)
        everyone = _count(fit.interactions.item, weight, fit.interactions.items)
        share = everyone / max(everyone.sum(), 1e-300)
        shares = share[None]
        parameters: dict[str, float | bool | None] = {
            "half_life_days": fades,
            "by_segment": picks.flag("by_segment"),
        }
        if picks.flag("by_segment") and fit.segment is not None:
            parameters["prior"] = prior = picks.number("prior")
            rows = [shares]
            for code in range(1, fit.segments):
                mine = fit.segment[fit.interactions.user] == code
                count = _count(fit.interactions.item[mine], weight[mine], len(share))
                rows.append(((count + prior * share) / (count.sum() + prior))[None])
            shares = np.concatenate(rows)
        return PopularityModel(parameters, shares.astype(np.float32))


@dataclass(frozen=True, eq=False)
class PopularityModel:
    """shares: [segments, items], row 0 for everyone and for users of whom nothing is known."""

    parameters: Parameters
    shares: Float32

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        segment = histories.segments if len(self.shares) > 1 else np.zeros(len(histories), np.int64)
        return self.shares[segment]

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph."""
        shares = graph.float32(self.shares)
        if len(self.shares) > 1:
            return graph.node("Gather", shares, history.segment, axis=0)
        many = graph.node("Gather", graph.node("Shape", history.item), graph.int64([0]))
        shape = graph.node("Concat", many, graph.int64([history.items]), axis=0)
        return graph.node("Expand", shares, shape)


def _weights(interactions: Interactions, half_life_days: float | None) -> NDArray[np.float64]:
    """[n] of the events, 1 for the latest."""
    if half_life_days is None or interactions.time is None or not len(interactions):
        return np.ones(len(interactions))
    age = (interactions.time.max() - interactions.time) / np.timedelta64(1, "D")
    return np.asarray(np.exp2(-age / half_life_days))


def _count(item: NDArray[np.int64], weight: NDArray[np.float64], items: int) -> NDArray[np.float64]:
    return np.bincount(item, weight, minlength=items).astype(np.float64)


RECOMMENDER = Popularity()
