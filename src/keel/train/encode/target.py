"""Regression targets learned on another scale, and brought back inside the graph."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.train.encode.power import FLAT, fit_power, power_inverse, power_transform
from keel.train.export.graph import DOUBLE, FLOAT, Graph
from keel.train.matrix import Float32

Float64 = NDArray[np.float64]
TargetName = Literal["none", "log", "yeo_johnson"]

TARGETS: tuple[TargetName, ...] = ("none", "log", "yeo_johnson")


@dataclass(frozen=True)
class FittedTarget:
    """y is transformed with a Yeo-Johnson power, shifted by `mean` and divided by `deviation`.

    `log` is the power 0 for y >= 0 and 2 below, that is sign(y) * log(1 + |y|). low, high:
    answers are cut here before they are brought back, so that none is further beyond the values
    fitted on than these are apart.
    """

    name: TargetName
    exponent: float = 1.0
    mean: float = 0.0
    deviation: float = 1.0
    low: float = -np.inf
    high: float = np.inf

    @property
    def parameters(self) -> Mapping[str, float | str]:
        """What was resolved."""
        return {
            "name": self.name,
            "exponent": self.exponent,
            "mean": self.mean,
            "deviation": self.deviation,
            "low": self.low,
            "high": self.high,
        }

    def forward(self, label: NDArray[np.int64] | Float64) -> Float64:
        """[n] what a model learns."""
        values = label.astype(np.float64)
        if self.name == "none":
            return values
        return np.asarray((self._bend(values) - self.mean) / self.deviation)

    def inverse(self, scores: Float32) -> Float32:
        """[n, 1] values from a model's answers."""
        if self.name == "none":
            return scores
        bent = np.clip(scores.astype(np.float64), self.low, self.high)
        bent = bent * self.deviation + self.mean
        if self.name == "log":
            return (np.sign(bent) * (np.exp(np.abs(bent)) - 1.0)).astype(np.float32)
        return power_inverse(bent, np.asarray(self.exponent)).astype(np.float32)

    def graph(self, graph: Graph, tensor: str) -> str:
        """`inverse` inside the graph, FLOAT [n, 1] to FLOAT [n, 1]."""
        if self.name == "none":
            return tensor
        wide = graph.node("Cast", tensor, to=DOUBLE)
        bent = graph.node("Clip", wide, graph.float64(self.low), graph.float64(self.high))
        bent = graph.node("Mul", bent, graph.float64(self.deviation))
        bent = graph.node("Add", bent, graph.float64(self.mean))
        size = graph.node("Abs", bent)
        grown = size if self.name == "log" else self._logarithm(graph, bent, size)
        grown = graph.node("Sub", graph.node("Exp", grown), graph.float64(1.0))
        signed = graph.node("Mul", graph.node("Sign", bent), grown)
        return graph.node("Cast", signed, to=FLOAT)

    def _bend(self, label: Float64) -> Float64:
        if self.name == "log":
            return np.asarray(np.sign(label) * np.log1p(np.abs(label)))
        return power_transform(label, np.asarray(self.exponent))

    def _logarithm(self, graph: Graph, bent: str, size: str) -> str:
        def side(exponent: float) -> str:
            if abs(exponent) < FLAT:
                return size
            inner = graph.node("Mul", size, graph.float64(exponent))
            inner = graph.node("Add", inner, graph.float64(1.0))
            inner = graph.node("Max", inner, graph.float64(np.finfo(np.float64).tiny))
            return graph.node("Div", graph.node("Log", inner), graph.float64(exponent))

        negative = graph.node("Less", bent, graph.float64(0.0))
        return graph.node("Where", negative, side(2.0 - self.exponent), side(self.exponent))


def fit_target(name: str, label: NDArray[np.int64] | Float64) -> FittedTarget:
    """The transform called `name` on the fitting rows' values. Raises KeyError."""
    if name not in TARGETS:
        raise KeyError(f"{name!r} is not a target transform: {', '.join(TARGETS)}")
    if name == "none":
        return FittedTarget("none")
    exponent = 1.0
    if name == "yeo_johnson":
        exponent = float(fit_power(label.astype(np.float32)[:, None]).exponent[0])
    values = label.astype(np.float64)
    bent = FittedTarget(name, exponent).forward(values)
    fitted = FittedTarget(name, exponent, float(bent.mean()), float(bent.std()) or 1.0)
    span = float(values.max() - values.min())
    low, high = fitted.forward(np.array([values.min() - span, values.max() + span]))
    return replace(fitted, low=float(low), high=float(high))
