"""Factors of items, and a user's factors solved from the history that is asked for."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommend.least_squares import Problem, solve, solve_graph
from keel.train.recommend.weighting import Weighting

MOST_STEPS = 12
"""Conjugate-gradient steps to a user's factors, at most; the same here and in the graph."""

EXACT = 1e-4
"""Of the spread of scores: how near to the solution is near enough."""

_TRIED_USERS = 256


@dataclass(frozen=True)
class Ridge:
    """How strongly factors are drawn to zero: `strength` s (c / s)^`frequency`, c being the weight
    of all of a row's pairs (the observed ones, and each possible one times `unobserved`) and s,
    `typical`, its mean over the rows that were learned from.

    Source: Rendle, Krichene, Zhang and Koren 2022, Revisiting the performance of iALS on item
    recommendation benchmarks, doi:10.1145/3523227.3548486, equation 6.
    """

    strength: float
    frequency: float
    unobserved: float
    typical: float

    def of(self, observed: Float32, possible: int) -> Float32:
        """[n] for rows of these observed weights."""
        weight = observed.astype(np.float64) + self.unobserved * possible
        return np.asarray(self.scale * weight**self.frequency, dtype=np.float32)

    @property
    def scale(self) -> float:
        """What a weight's power is multiplied by."""
        return float(self.strength * self.typical ** (1 - self.frequency))


@dataclass(frozen=True, eq=False)
class FactorModel:
    """items: [items, k] float32 factors, turned so that their cross products are diagonal. Of the
    pairs that a history does not hold each counts `ridge.unobserved`. steps: to a user's factors.
    """

    parameters: Parameters
    weighting: Weighting
    items: Float32
    ridge: Ridge
    steps: int = MOST_STEPS

    @classmethod
    def of(
        cls,
        parameters: Parameters,
        weighting: Weighting,
        items: Float32,
        ridge: Ridge,
        histories: Histories,
    ) -> "FactorModel":
        """From factors as they were learned: turning them changes no product. As many steps as
        bring users like these near enough to their factors."""
        wide = items.astype(np.float64)
        _, turn = np.linalg.eigh(wide.T @ wide)
        model = cls(parameters, weighting, (wide @ turn).astype(np.float32), ridge)
        steps = model._steps(weighting.matrix(histories))
        return replace(model, steps=steps, parameters={**parameters, "steps": steps})

    @property
    def problem(self) -> Problem:
        """What is solved for each user."""
        squares = np.square(self.items.astype(np.float64)).sum(axis=0)
        gram = np.diag(self.ridge.unobserved * squares)
        return Problem(self.items, gram.astype(np.float32))

    def users(self, histories: Histories) -> Float32:
        """[n, k] factors of the users of these histories."""
        return self._solve(self.weighting.matrix(histories), self.steps)

    def _solve(self, weights: sparse.csr_matrix, steps: int) -> Float32:
        observed = np.asarray(weights.sum(axis=1), dtype=np.float32).ravel()
        ridge = self.ridge.of(observed, len(self.items))
        return solve(self.problem, weights, ridge, steps=steps)

    def _steps(self, weights: sparse.csr_matrix) -> int:
        """How many are enough for users from the longest history to the shortest."""
        order = np.argsort(np.diff(weights.indptr), kind="stable")
        at = np.linspace(0, len(order) - 1, min(_TRIED_USERS, len(order))).astype(np.int64)
        tried = weights[order[at]]
        exact = self._solve(tried, 2 * MOST_STEPS) @ self.items.T
        allowed = EXACT * float(exact.std())
        for steps in range(1, MOST_STEPS):
            if np.abs(self._solve(tried, steps) @ self.items.T - exact).max() <= allowed:
                return steps
        return MOST_STEPS

    def scores(self, histories: Histories) -> Float32:
        """[n, items]."""
        return self.users(histories) @ self.items.T

    def graph_users(self, graph: Graph, history: GraphHistory) -> str:
        """The users' factors inside the graph: FLOAT [n, k]."""
        weight = self.weighting.graph(graph, history)
        observed = graph.node("ReduceSum", weight, graph.int64([1]), keepdims=1)
        unobserved = self.ridge.unobserved * len(self.items)
        base = graph.node("Add", observed, graph.float32(unobserved))
        power = graph.node("Pow", base, graph.float32(self.ridge.frequency))
        ridge = graph.node("Mul", power, graph.float32(self.ridge.scale))
        return solve_graph(graph, self.problem, history.item, weight, ridge, steps=self.steps)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same as `scores` inside the graph."""
        # Turned inside the operator, the table is the one that histories are looked up in.
        users = self.graph_users(graph, history)
        return graph.node("Gemm", users, graph.float32(self.items), transB=1)
