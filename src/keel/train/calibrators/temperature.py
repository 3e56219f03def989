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

_LOW, _HIGH, _STEPS = np.log(0.02), np.log(50.0), 50


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
        low, high = _LOW, _HIGH
        ratio = (np.sqrt(5.0) - 1.0) / 2.0
        for _ in range(_STEPS):
            left, right = high - ratio * (high - low), low + ratio * (high - low)
            if _loss(logits / np.exp(left), scored.label) <= _loss(
                logits / np.exp(right), scored.label
            ):
                high = right
            else:
                low = left
        temperature = float(np.exp((low + high) / 2))
        return FittedTemperature(reading, temperature)


def _loss(logits: Float64, label: NDArray[np.int64]) -> float:
    if logits.shape[1] == 1:
        margin = np.where(label == 1, logits[:, 0], -logits[:, 0])
        return float(np.logaddexp(0.0, -margin).mean())
    total = np.logaddexp.reduce(logits, axis=1)
    return float((total - logits[np.arange(len(label)), label]).mean())


CALIBRATOR = Temperature()
