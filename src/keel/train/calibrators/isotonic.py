"""A rising line with as many bends as the cases bear.

Source: B. Zadrozny, C. Elkan, Transforming classifier scores into accurate multiclass probability
estimates, KDD 2002; pool-adjacent-violators as in R. E. Barlow et al., Statistical inference under
order restrictions, 1972, on bins of equal counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.calibration.calibrator import Scored
from keel.train.calibration.logits import (
    Float64,
    Reading,
    normalise,
    normalise_graph,
    reading_of,
)
from keel.train.export.graph import INT64, Graph
from keel.train.matrix import Float32

BINS = 200
"""Cases are first averaged in bins of equal counts. Without that, two cases that differ by a
rounding could stand on a step, and native and exported scores would fall on its two sides."""

NEAREST = 1e-3
"""Bends nearer than this, as logits, are made one."""


@dataclass(frozen=True, eq=False)
class Line:
    """Through the points (logit[i], probability[i]), level beyond the ends; [m] each, m >= 2."""

    logit: Float64
    probability: Float64

    def apply(self, logits: Float64) -> Float64:
        """[n] probabilities."""
        at = (logits[:, None] >= self.logit[1:-1]).sum(axis=1)
        within = np.clip(logits, self.logit[0], self.logit[-1]) - self.logit[at]
        return np.asarray(self.probability[at] + self._slope[at] * within)

    def graph(self, graph: Graph, logits: str) -> str:
        """`apply` inside the graph: DOUBLE [n, 1] to DOUBLE [n, 1]."""
        first, last = graph.float64(self.logit[0]), graph.float64(self.logit[-1])
        above = graph.node("GreaterOrEqual", logits, graph.float64(self.logit[1:-1]))
        at = graph.node(
            "ReduceSum", graph.node("Cast", above, to=INT64), graph.int64([1]), keepdims=1
        )
        start = graph.node("Gather", graph.float64(self.logit), at)
        within = graph.node("Sub", graph.node("Clip", logits, first, last), start)
        rise = graph.node("Mul", graph.node("Gather", graph.float64(self._slope), at), within)
        return graph.node("Add", graph.node("Gather", graph.float64(self.probability), at), rise)

    @property
    def _slope(self) -> Float64:
        return np.asarray(np.diff(self.probability) / np.diff(self.logit))


@dataclass(frozen=True, eq=False)
class FittedIsotonic:
    """A line for class 1 of two, or one per class against the rest, divided by their sum."""

    reading: Reading
    lines: tuple[Line, ...]
    name: str = "isotonic"

    @property
    def parameters(self) -> Mapping[str, object]:
        return {"bends": [len(line.logit) for line in self.lines]}

    def apply(self, scores: Float32) -> Float32:
        logits = self.reading.logits(scores)
        parts = [line.apply(logits[:, j]) for j, line in enumerate(self.lines)]
        return normalise(np.stack(parts, axis=1))

    def graph(self, graph: Graph, scores: str) -> str:
        logits = self.reading.graph(graph, scores)
        if len(self.lines) == 1:
            return normalise_graph(graph, self.lines[0].graph(graph, logits), 1)
        parts = [
            line.graph(graph, graph.node("Gather", logits, graph.int64([j]), axis=1))
            for j, line in enumerate(self.lines)
        ]
        return normalise_graph(graph, graph.node("Concat", *parts, axis=1), len(parts))


class Isotonic:
    """Free of shape but for its rise; needs many cases, or it follows their noise."""

    name = "isotonic"
    least = 1_000
    most_classes = 20

    def fit(self, scored: Scored) -> FittedIsotonic:
        reading = reading_of(scored)
        logits = reading.logits(scored.scores)
        codes = [1] if logits.shape[1] == 1 else range(logits.shape[1])
        lines = tuple(
            fit_rising(logits[:, j], scored.label == code) for j, code in enumerate(codes)
        )
        return FittedIsotonic(reading, lines)


def fit_rising(logits: Float64, positive: NDArray[np.bool_]) -> Line:
    """The rising line through [n] cases, kept 1 / (n + 2) away from 0 and 1."""
    order = np.argsort(logits, kind="stable")
    values, answers = logits[order], positive[order].astype(np.float64)
    edges = np.unique(np.linspace(0, len(values), min(BINS, len(values)) + 1).astype(np.int64))
    # A bin ends where a value does: equal scores must get equal probabilities.
    edges = np.unique(np.searchsorted(values, values[edges[:-1]], side="left"))
    counts = np.diff(edges, append=len(values)).astype(np.float64)
    centres = np.add.reduceat(values, edges) / counts
    means, centres = _pool(np.add.reduceat(answers, edges) / counts, counts, centres)
    least = 1.0 / (len(values) + 2.0)
    means = np.clip(means, least, 1.0 - least)
    if len(means) < 2:
        centres, means = np.array([centres[0], centres[0] + 1.0]), np.repeat(means, 2)
    return Line(centres, means)


def _pool(means: Float64, weights: Float64, centres: Float64) -> tuple[Float64, Float64]:
    """Neighbours that fall, or stand too near, become their weighted mean."""
    pooled: list[tuple[float, float, float]] = []
    for mean, weight, centre in zip(means, weights, centres, strict=True):
        block = (float(mean), float(weight), float(centre))
        while pooled and (pooled[-1][0] >= block[0] or block[2] - pooled[-1][2] < NEAREST):
            before = pooled.pop()
            total = before[1] + block[1]
            block = (
                (before[0] * before[1] + block[0] * block[1]) / total,
                total,
                (before[2] * before[1] + block[2] * block[1]) / total,
            )
        pooled.append(block)
    columns = np.array(pooled)
    return columns[:, 0], columns[:, 2]


CALIBRATOR = Isotonic()
