"""Scores of any kind as logits, and logits as probabilities, in double on both sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.calibration.calibrator import Scored, ScoreKind
from keel.train.export.graph import DOUBLE, FLOAT, Graph
from keel.train.matrix import Float32

Float64 = NDArray[np.float64]

LARGEST = 50.0
"""Logits are cut here before they are raised to a power."""

_COARSE, _FINE, _TINY = 1e-6, 1e-12, 1e-9


@dataclass(frozen=True)
class Reading:
    """How a model's [n, width] scores are read as logits: for two classes [n, 1], that of class 1.

    Probabilities become log(p1 / p0), or log(p) for more classes, none below `floor`. Decision
    values are logits as they are.
    """

    kind: ScoreKind
    width: int
    floor: float = _COARSE

    @property
    def columns(self) -> int:
        """How many logits a row has."""
        return 1 if self.width == 2 else self.width

    def logits(self, scores: Float32) -> Float64:
        """[n, columns] from [n, width]."""
        wide = scores.astype(np.float64)
        if self.kind == "probability":
            wide = np.log(np.maximum(wide, self.floor))
        return wide[:, 1:] - wide[:, :1] if self.width == 2 else wide

    def graph(self, graph: Graph, scores: str) -> str:
        """`logits` inside the graph: FLOAT [n, width] to DOUBLE [n, columns]."""
        wide = graph.node("Cast", scores, to=DOUBLE)
        if self.kind == "probability":
            wide = graph.node("Log", graph.node("Max", wide, graph.float64(self.floor)))
        if self.width != 2:
            return wide
        first = graph.node("Gather", wide, graph.int64([0]), axis=1)
        return graph.node("Sub", graph.node("Gather", wide, graph.int64([1]), axis=1), first)


def reading_of(scored: Scored) -> Reading:
    """Probabilities are trusted down to 1e-12 where some are that small: only a formula gives
    those. Averages of votes are sums in float32, whose last digits differ between native and
    exported model, and are trusted down to 1e-6."""
    scores = scored.scores
    seen = scores[scores > 0].min(initial=1.0) if scored.kind == "probability" else 1.0
    return Reading(scored.kind, scores.shape[1], _FINE if seen < _TINY else _COARSE)


def to_probabilities(logits: Float64) -> Float32:
    """[n, classes] probabilities of logits: [n, 1] of class 1, or [n, classes]."""
    if logits.shape[1] == 1:
        positive = 1.0 / (1.0 + np.exp(-np.clip(logits, -LARGEST, LARGEST)))
        return np.concatenate([1.0 - positive, positive], axis=1).astype(np.float32)
    below = np.maximum(logits - logits.max(axis=1, keepdims=True), -LARGEST)
    powers = np.exp(below)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def to_probabilities_graph(graph: Graph, logits: str, width: int) -> str:
    """`to_probabilities` inside the graph: DOUBLE [n, width] to FLOAT [n, classes]."""
    one = graph.float64(1.0)
    if width == 1:
        cut = graph.node("Clip", logits, graph.float64(-LARGEST), graph.float64(LARGEST))
        odds = graph.node("Add", one, graph.node("Exp", graph.node("Neg", cut)))
        positive = graph.node("Div", one, odds)
        both = graph.node("Concat", graph.node("Sub", one, positive), positive, axis=1)
        return graph.node("Cast", both, to=FLOAT)
    highest = graph.node("ReduceMax", logits, graph.int64([1]), keepdims=1)
    below = graph.node("Max", graph.node("Sub", logits, highest), graph.float64(-LARGEST))
    powers = graph.node("Exp", below)
    total = graph.node("ReduceSum", powers, graph.int64([1]), keepdims=1)
    return graph.node("Cast", graph.node("Div", powers, total), to=FLOAT)


def normalise(parts: Float64) -> Float32:
    """[n, classes] probabilities from one-against-the-rest ones, which are all positive. [n, 1]
    is that of class 1 of two."""
    if parts.shape[1] == 1:
        return np.concatenate([1.0 - parts, parts], axis=1).astype(np.float32)
    return np.asarray(parts / parts.sum(axis=1, keepdims=True)).astype(np.float32)


def normalise_graph(graph: Graph, parts: str, width: int) -> str:
    """`normalise` inside the graph: DOUBLE [n, width] to FLOAT [n, classes]."""
    if width == 1:
        rest = graph.node("Sub", graph.float64(1.0), parts)
        return graph.node("Cast", graph.node("Concat", rest, parts, axis=1), to=FLOAT)
    total = graph.node("ReduceSum", parts, graph.int64([1]), keepdims=1)
    return graph.node("Cast", graph.node("Div", parts, total), to=FLOAT)
