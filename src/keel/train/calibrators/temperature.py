"""All logits divided by one number.

Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks,
ICML 2017, section 4.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.calibration.calibrator import Scored
from keel.train.calibration.logits import (
    Float64,
    Reading,
    reading_of,
    to_probabilities,
    to_probabilities_graph,
)
from keel.train.export.graph import Graph
from keel.train.matrix import Float32

_LOWEST, _HIGHEST = 0.02, 50.0
_STEPS, _CLOSE = 60, 1e-9


@dataclass(frozen=True)
class FittedTemperature:
    """Above 1 the model was too sure. The order of the classes stays."""

    reading: Reading
    temperature: float
    name: str = "temperature"

    @property
    def parameters(self) -> Mapping[str, object]:
        return {"temperature": self.temperature}

    def apply(self, scores: Float32) -> Float32:
        return to_probabilities(self.reading.logits(scores) / self.temperature)

    def graph(self, graph: Graph, scores: str) -> str:
        logits = self.reading.graph(graph, scores)
        cooled = graph.node("Div", logits, graph.float64(self.temperature))
        return to_probabilities_graph(graph, cooled, self.reading.columns)


class Temperature:
    """The temperature of least log loss."""

    name = "temperature"
    least = 1
    most_classes = 1_000_000

    def fit(self, scored: Scored) -> FittedTemperature:
        reading = reading_of(scored)
        logits = reading.logits(scored.scores)
        sharpness = _least_loss(logits, scored.label)
        return FittedTemperature(reading, 1.0 / sharpness)


def _least_loss(logits: Float64, label: NDArray[np.int64]) -> float:
    """What the logits should be multiplied by. The loss is convex in it: its slope is followed by
    Newton's steps, and by halving where one would leave the range that the root must lie in."""
    if logits.shape[1] == 1:
        logits = np.column_stack([np.zeros(len(logits)), logits[:, 0]])
    logits = logits - logits.max(axis=1, keepdims=True)
    true = logits[np.arange(len(label)), label]
    low, high, at = 1.0 / _HIGHEST, 1.0 / _LOWEST, 1.0
    for _ in range(_STEPS):
        weight = np.exp(logits * at)
        weight /= weight.sum(axis=1, keepdims=True)
        mean = np.einsum("ij,ij->i", weight, logits)
        square = np.einsum("ij,ij,ij->i", weight, logits, logits)
        slope = float((mean - true).mean())
        curvature = float((square - mean**2).mean())
        low, high = (low, at) if slope > 0 else (at, high)
        step = at - slope / curvature if curvature > 0 else -1.0
        next_at = step if low < step < high else (low + high) / 2
        if abs(next_at - at) <= _CLOSE * at:
            return next_at
        at = next_at
    return at


CALIBRATOR = Temperature()
