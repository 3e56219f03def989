"""How much each item of a history counts."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Choice, Space
from keel.train.export.graph import Graph
from keel.train.models.picks import Picks
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommender import Facts

DAMPINGS = (0.25, 0.0, 0.5)
"""How much less an item of a long history counts."""

HALF_LIVES = (None, 100.0, 30.0, 10.0)
"""Later items after which an item counts half."""


@dataclass(frozen=True)
class Weighting:
    """by_value: an item counts as its value, never below 0; else as 1. half_life: of an item, in
    later items of the same history; None: all count alike. damping: an item of a history of n
    counts (n / `usual`)^-`damping`: who uses everything says less with each."""

    by_value: bool = False
    half_life: float | None = None
    damping: float = 0.0
    usual: float = 1.0

    def weights(self, histories: Histories) -> Float32:
        """[m] of the entries."""
        weight = np.ones(len(histories.item), dtype=np.float32)
        if self.by_value:
            weight = np.maximum(histories.value, np.float32(0))
        if self.half_life is not None:
            weight = weight * np.exp2(histories.age * np.float32(-1 / self.half_life))
        if self.damping:
            length = np.maximum(histories.lengths, 1) / self.usual
            weight = weight * np.repeat(length**-self.damping, histories.lengths)
        return weight.astype(np.float32, copy=False)

    def matrix(self, histories: Histories) -> sparse.csr_matrix:
        """[n, items] weights."""
        return histories.matrix(self.weights(histories))

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph: FLOAT [n, L], 0 for padding."""
        weight = history.known
        if self.by_value:
            positive = graph.node("Max", history.value, graph.float32(0.0))
            weight = graph.node("Mul", weight, positive)
        if self.half_life is not None:
            age = graph.node("Max", history.age(graph), graph.float32(0.0))
            halvings = graph.node("Mul", age, graph.float32(-1 / self.half_life))
            fading = graph.node("Pow", graph.float32(2.0), halvings)
            weight = graph.node("Mul", weight, fading)
        if self.damping:
            length = graph.node("Max", history.length(graph), graph.float32(1.0))
            relative = graph.node("Div", length, graph.float32(self.usual))
            less = graph.node("Pow", relative, graph.float32(-self.damping))
            weight = graph.node("Mul", weight, less)
        return weight


def weighting_space(facts: Facts) -> Space:
    """What there is to choose: nothing where events have no value, or no time to fade by."""
    return {
        "by_value": Choice((False, True) if facts.has_value else (False,)),
        "half_life": Choice(HALF_LIVES if facts.has_time else (None,)),
    }


def usual_length(histories: Histories) -> float:
    """How many items a history holds on average, at least 1."""
    return max(1.0, len(histories.item) / max(1, len(histories)))


def read_weighting(picks: Picks) -> Weighting:
    """The weighting that was picked from a space that holds `weighting_space`."""
    fades = picks.value("half_life") is not None
    return Weighting(picks.flag("by_value"), picks.number("half_life") if fades else None)
