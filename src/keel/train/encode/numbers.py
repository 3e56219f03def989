"""Blocks of numbers: filled, indicated and scaled, natively and inside a graph."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.encode.moments import Moments, measure_medians
from keel.train.export.graph import FLOAT, Graph
from keel.train.matrix import Float32

LARGEST_SCORE = np.float32(1e6)
"""Scaled values are cut here: no value of n fitting rows is further than sqrt(n) deviations from
their mean, so only an absurd value at prediction time is ever cut."""


@dataclass(frozen=True, eq=False)
class Filling:
    """What d columns of numbers are filled with, and which of them get an indicator.

    names: [d]. values: [d] float32. indicated: positions of the columns in which missing values
    were seen.
    """

    names: tuple[str, ...]
    values: Float32
    indicated: NDArray[np.int64]

    @property
    def indicator_names(self) -> tuple[str, ...]:
        """Names of the indicator columns."""
        return tuple(f"{self.names[j]} is missing" for j in self.indicated)

    def fill(self, block: Float32) -> Float32:
        """[n, d] without NaN."""
        return np.where(np.isnan(block), self.values, block)

    def indicate(self, block: Float32, filled: Float32) -> Float32:
        """[n, d + indicators]: `filled`, and where the columns of `block` were missing."""
        if not len(self.indicated):
            return filled
        missing = np.isnan(block[:, self.indicated]).astype(np.float32)
        return np.concatenate([filled, missing], axis=1)

    def fill_graph(self, graph: Graph, block: str) -> str:
        """`fill` inside the graph."""
        return graph.node("Where", graph.node("IsNaN", block), graph.float32(self.values), block)

    def indicate_graph(self, graph: Graph, block: str, filled: str) -> str:
        """`indicate` inside the graph."""
        if not len(self.indicated):
            return filled
        columns = block
        if len(self.indicated) < len(self.values):
            columns = graph.node("Gather", block, graph.int64(self.indicated), axis=1)
        missing = graph.node("Cast", graph.node("IsNaN", columns), to=FLOAT)
        return graph.node("Concat", filled, missing, axis=1)


def fit_filling(names: Sequence[str], block: Float32) -> Filling:
    """Medians of [n, d] float32 numbers; indicators where missing values were seen."""
    return Filling(
        tuple(names), measure_medians(block), np.flatnonzero(np.isnan(block).any(axis=0))
    )


@dataclass(frozen=True, eq=False)
class Scaling:
    """A shift and a division per column, [d] float32 each."""

    center: Float32
    spread: Float32

    def scale(self, block: Float32) -> Float32:
        """[n, d] near zero with unit spread on the fitting rows."""
        with np.errstate(over="ignore"):
            scaled = np.subtract(block, self.center)
            np.divide(scaled, self.spread, out=scaled)
        return np.asarray(np.clip(scaled, -LARGEST_SCORE, LARGEST_SCORE, out=scaled))

    def graph(self, graph: Graph, block: str) -> str:
        """`scale` inside the graph."""
        centered = graph.node("Sub", block, graph.float32(self.center))
        scaled = graph.node("Div", centered, graph.float32(self.spread))
        return graph.node(
            "Clip", scaled, graph.float32(-LARGEST_SCORE), graph.float32(LARGEST_SCORE)
        )


def scaling_of(moments: Moments) -> Scaling:
    """Subtract the mean, divide by the deviation."""
    tiny = np.float32(np.finfo(np.float32).tiny)
    spread = np.maximum(moments.deviation.astype(np.float32), tiny)
    return Scaling(moments.mean.astype(np.float32), spread)


def join_columns(graph: Graph, tensors: Sequence[str]) -> str:
    """Inputs [n, 1] side by side, [n, d]."""
    return tensors[0] if len(tensors) == 1 else graph.node("Concat", *tensors, axis=1)
