"""Scores taken at their word."""

from collections.abc import Mapping
from dataclasses import dataclass

from keel.train.calibration.calibrator import Scored
from keel.train.calibration.logits import (
    Reading,
    reading_of,
    to_probabilities,
    to_probabilities_graph,
)
from keel.train.export.graph import Graph
from keel.train.matrix import Float32


@dataclass(frozen=True)
class FittedNone:
    """Probabilities pass unchanged; decision values are read as logits."""

    reading: Reading
    name: str = "none"

    @property
    def parameters(self) -> Mapping[str, object]:
        return {}

    def apply(self, scores: Float32) -> Float32:
        if self.reading.kind == "probability":
            return scores
        return to_probabilities(self.reading.logits(scores))

    def graph(self, graph: Graph, scores: str) -> str:
        if self.reading.kind == "probability":
            return scores
        logits = self.reading.graph(graph, scores)
        return to_probabilities_graph(graph, logits, self.reading.columns)


class Uncalibrated:
    """Nothing is learned."""

    name = "none"
    least = 0
    most_classes = 1_000_000

    def fit(self, scored: Scored) -> FittedNone:
        return FittedNone(reading_of(scored))


CALIBRATOR = Uncalibrated()
