"""Event rates: how far the count of any event is from what is usual at that hour."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Parameters, Space
from keel.train.codecs.templates import STATISTICS
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.event_counts import (
    BLOCK_ROWS,
    counts_graph,
    no_sequence,
    sequences_of,
    statistics_graph,
)
from keel.train.models.linear import double, to_float
from keel.train.models.picks import Picks, facts_of

Float64 = NDArray[np.float64]

MOST_EVENTS = 200
"""The commonest; the last one stands for those never seen."""

SEASON = np.array([i for i, name in enumerate(STATISTICS) if name.startswith(("hour", "day"))])
ROUNDS = 25
RIDGE = 1.0
"""As if one sequence had said that there is no season."""

HUBER = 3.0
ODD = 0.05
"""Counts more than three deviations off weigh less, and the oddest twentieth tell nothing of the
dispersion: there may be incidents among the fitting rows."""

LEAST = 0.5
_FARTHEST = 40.0


class EventRates:
    """A Poisson regression of each event's count on the hour and the day of the week, with its own
    dispersion. A sequence scores as the largest deviance residual among its events, whether they
    are too many or too few.

    Source: Nelder and Wedderburn (1972), Generalized linear models; dispersion: McCullagh and
    Nelder (1989), Generalized Linear Models, section 6.2.3; harmonics for seasons: Serfling (1963),
    Methods for current statistical analysis of excess pneumonia-influenza deaths; weights: Huber
    (1964), Robust estimation of a location parameter.
    """

    name = "event_rates"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(sequence=True)

    def skip(self, facts: Facts) -> str | None:
        """Without sequences."""
        return no_sequence(facts)

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Whether there is a season, and whether too few events are odd."""
        return {"season": Choice((True, False)), "few": Choice((True, False))}

    def fit(self, fit: Fit) -> FittedModel:
        """Fit each event by itself."""
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        sequences = sequences_of(fit.matrix)
        kept = np.append(np.arange(min(sequences.known, MOST_EVENTS)), sequences.known)
        counts = sequences.counts[:, 1:][:, kept].toarray().astype(np.float64)
        design = _design(sequences.statistics, season=picks.flag("season"))
        weights = np.column_stack([_fit_event(design, column) for column in counts.T])
        expected = _rates(design @ weights, len(design))
        pearson = np.sort((counts - expected) ** 2 / expected, axis=0)
        usual = pearson[: max(1, round((1 - ODD) * len(counts)))]
        spread = np.maximum(1.0, usual.sum(axis=0) / max(1, len(usual) - design.shape[1]))
        parameters = {
            "season": picks.flag("season"),
            "few": picks.flag("few"),
            "events": len(kept),
        }
        rows = len(design)
        return RatesModel("anomaly", parameters, kept, weights, np.sqrt(spread), rows)


@dataclass(frozen=True, eq=False)
class RatesModel:
    """kept: [k] columns of the counts. weights: [1 + s, k]. spread: [k] by which residuals are
    divided. rows: that were fitted on, from which the least rate follows."""

    scores: Literal["anomaly"]
    parameters: Parameters
    kept: NDArray[np.int64]
    weights: Float64
    spread: Float64
    rows: int

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] residuals."""
        sequences = sequences_of(matrix)
        counts = sequences.counts[:, 1:].tocsc()[:, self.kept].tocsr()
        design = _design(sequences.statistics, season=bool(self.parameters["season"]))
        starts = range(0, max(len(design), 1), BLOCK_ROWS)
        parts = [
            self._block(counts[s : s + BLOCK_ROWS].toarray(), design[s : s + BLOCK_ROWS])
            for s in starts
        ]
        return np.concatenate(parts)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        counts = graph.node("Gather", counts_graph(graph, matrix), graph.int64(self.kept), axis=1)
        counts = double(graph, counts)
        season = double(graph, statistics_graph(graph, matrix, SEASON))
        if not self.parameters["season"]:
            season = graph.node("Mul", season, graph.float64(0.0))
        total = graph.node("MatMul", season, graph.float64(self.weights[1:]))
        total = graph.node("Add", total, graph.float64(self.weights[:1]))
        held = graph.node("Max", total, graph.float64(-_FARTHEST))
        held = graph.node("Min", held, graph.float64(_FARTHEST))
        rate = graph.node("Max", graph.node("Exp", held), graph.float64(LEAST / self.rows))
        apart = graph.node("Sub", counts, rate)
        ratio = graph.node("Div", graph.node("Max", counts, graph.float64(1e-300)), rate)
        part = graph.node("Mul", counts, graph.node("Log", ratio))
        deviance = graph.node("Max", graph.node("Sub", part, apart), graph.float64(0.0))
        if not self.parameters["few"]:
            more = graph.node("Greater", apart, graph.float64(0.0))
            deviance = graph.node("Where", more, deviance, graph.float64(0.0))
        doubled = graph.node("Add", deviance, deviance)
        residual = graph.node("Div", graph.node("Sqrt", doubled), graph.float64(self.spread))
        return to_float(graph, graph.node("ReduceMax", residual, graph.int64([1]), keepdims=1))

    def _block(self, counts: Float32, design: Float64) -> Float32:
        rate = _rates(design @ self.weights, self.rows)
        wide = counts.astype(np.float64)
        apart = wide - rate
        deviance = np.maximum(wide * np.log(np.maximum(wide, 1e-300) / rate) - apart, 0.0)
        if not self.parameters["few"]:
            deviance = np.where(apart > 0, deviance, 0.0)
        residual = np.sqrt(2 * deviance) / self.spread
        return np.asarray(residual.max(axis=1, keepdims=True), dtype=np.float32)


def _design(statistics: Float32, *, season: bool) -> Float64:
    turns = statistics[:, SEASON].astype(np.float64) * season
    return np.column_stack([np.ones(len(statistics)), turns])


def _rates(total: Float64, rows: int) -> Float64:
    """Expected counts; an event that never came is expected half a time in all fitting rows."""
    return np.asarray(np.maximum(np.exp(np.clip(total, -_FARTHEST, _FARTHEST)), LEAST / rows))


def _fit_event(design: Float64, counts: Float64) -> Float64:
    """[1 + s] weights by iteratively reweighted least squares, with Huber's weights and a small
    ridge on the season."""
    weights = np.zeros(design.shape[1])
    weights[0] = np.log(max(counts.mean(), LEAST / len(counts)))
    ridge = np.diag([0.0, *np.full(design.shape[1] - 1, RIDGE)])
    for _ in range(ROUNDS):
        rate = _rates(design @ weights, len(counts))
        apart = (counts - rate) / np.sqrt(rate)
        trust = HUBER / np.maximum(np.abs(apart), HUBER)
        gradient = design.T @ (trust * (counts - rate)) - ridge @ weights
        curvature = design.T @ (design * (trust * rate)[:, None]) + ridge
        curvature[0, 0] += 1e-9
        step = np.clip(np.linalg.solve(curvature, gradient), -1.0, 1.0)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return np.clip(weights, -_FARTHEST, _FARTHEST)


ALGORITHM = EventRates()
