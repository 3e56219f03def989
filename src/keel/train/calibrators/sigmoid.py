"""A straight line through the logits.

Source: J. Platt, Probabilistic outputs for support vector machines, 1999, with its smoothed
targets; fitted as in H.-T. Lin, C.-J. Lin, R. C. Weng, A note on Platt's probabilistic outputs for
support vector machines, Machine Learning 68 (2007), algorithm 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.calibration.calibrator import Scored
from keel.train.calibration.logits import (
    LARGEST,
    Float64,
    Reading,
    normalise,
    normalise_graph,
    reading_of,
)
from keel.train.export.graph import Graph
from keel.train.matrix import Float32

_ROUNDS = 100
_SMALLEST_STEP = 1e-10
_DONE = 1e-7
_RIDGE = 1e-12


@dataclass(frozen=True, eq=False)
class FittedSigmoid:
    """1 / (1 + exp(-(slope * logit + shift))): for two classes [1] each, for more one against the
    rest, [classes] each, divided by their sum."""

    reading: Reading
    slope: Float64
    shift: Float64
    name: str = "sigmoid"

    @property
    def parameters(self) -> Mapping[str, object]:
        return {"slope": self.slope.tolist(), "shift": self.shift.tolist()}

    def apply(self, scores: Float32) -> Float32:
        lines = self.reading.logits(scores) * self.slope + self.shift
        return normalise(1.0 / (1.0 + np.exp(-np.clip(lines, -LARGEST, LARGEST))))

    def graph(self, graph: Graph, scores: str) -> str:
        logits = self.reading.graph(graph, scores)
        lines = graph.node("Mul", logits, graph.float64(self.slope))
        lines = graph.node("Add", lines, graph.float64(self.shift))
        cut = graph.node("Clip", lines, graph.float64(-LARGEST), graph.float64(LARGEST))
        one = graph.float64(1.0)
        odds = graph.node("Add", one, graph.node("Exp", graph.node("Neg", cut)))
        return normalise_graph(graph, graph.node("Div", one, odds), len(self.slope))


class Sigmoid:
    """Slope and shift of greatest likelihood against smoothed labels."""

    name = "sigmoid"
    least = 1
    most_classes = 100

    def fit(self, scored: Scored) -> FittedSigmoid:
        reading = reading_of(scored)
        logits = reading.logits(scored.scores)
        codes = [1] if logits.shape[1] == 1 else range(logits.shape[1])
        lines = np.array(
            [fit_line(logits[:, j], scored.label == code) for j, code in enumerate(codes)]
        )
        return FittedSigmoid(reading, lines[:, 0], lines[:, 1])


def fit_line(logits: Float64, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift for [n] logits and whether each case is of the class."""
    positives = int(positive.sum())
    negatives = len(positive) - positives
    target = np.where(positive, (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))
    slope, shift = 0.0, float(np.log((positives + 1.0) / (negatives + 1.0)))
    loss = _loss(slope * logits + shift, target)
    for _ in range(_ROUNDS):
        probability = 1.0 / (1.0 + np.exp(-np.clip(slope * logits + shift, -700, 700)))
        weight = probability * (1.0 - probability)
        error = target - probability
        gradient = np.array([(logits * error).sum(), error.sum()])
        if np.abs(gradient).max() < _DONE * len(target):
            break
        cross = float((logits * weight).sum())
        curvature = np.array([[(logits * logits * weight).sum(), cross], [cross, weight.sum()]])
        direction = np.linalg.solve(curvature + _RIDGE * np.eye(2), gradient)
        step = 1.0
        while step >= _SMALLEST_STEP:
            tried = slope + step * direction[0], shift + step * direction[1]
            lower = _loss(tried[0] * logits + tried[1], target)
            if lower < loss - 1e-4 * step * float(gradient @ direction):
                slope, shift, loss = float(tried[0]), float(tried[1]), lower
                break
            step /= 2
        else:
            break
    return slope, shift


def _loss(lines: Float64, target: Float64) -> float:
    return float((np.logaddexp(0.0, lines) - target * lines).sum())


CALIBRATOR = Sigmoid()
