"""Skewed numbers on a logarithmic scale, then standardised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.moments import BLOCK_ROWS, Floats, measure_moments, measure_skewness
from keel.train.encode.numbers import Filling, Scaling, fit_filling, join_columns, scaling_of
from keel.train.export.graph import DOUBLE, FLOAT, Graph
from keel.train.export.tensors import number_block
from keel.train.matrix import Float32

SKEWED = 1.0
"""Columns whose skewness is beyond this, either way, are taken to the logarithm."""


@dataclass(frozen=True, eq=False)
class FittedLog:
    """skewed: [d] which columns become sign(x) * log(1 + |x|)."""

    filling: Filling
    scaling: Scaling
    skewed: NDArray[np.bool_]

    @property
    def names(self) -> tuple[str, ...]:
        return self.filling.names + self.filling.indicator_names

    @property
    def parameters(self) -> Mapping[str, object]:
        return {
            "fill": self.filling.values.tolist(),
            "skewed": self.skewed.tolist(),
            "center": self.scaling.center.tolist(),
            "spread": self.scaling.spread.tolist(),
        }

    def transform(self, columns: pl.DataFrame) -> Float32:
        block = number_block(columns)
        logged = self.filling.fill(block)
        for start in range(0, len(block), BLOCK_ROWS):
            part = logged[start : start + BLOCK_ROWS]
            part[:] = _log(part, self.skewed)
        return self.filling.indicate(block, self.scaling.scale(logged))

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        block = join_columns(graph, tensors)
        filled = self.filling.fill_graph(graph, block)
        wide = graph.node("Cast", filled, to=DOUBLE)
        grown = graph.node("Add", graph.node("Abs", wide), graph.float64(1.0))
        signed = graph.node("Mul", graph.node("Sign", wide), graph.node("Log", grown))
        logged = graph.node(
            "Where",
            graph.constant(self.skewed),
            graph.node("Cast", signed, to=FLOAT),
            filled,
        )
        return self.filling.indicate_graph(graph, block, self.scaling.graph(graph, logged))


class Log:
    """Fill with the median, take sign(x) * log(1 + |x|) of the skewed columns, standardise all."""

    name = "log"
    kinds = frozenset({Kind.NUMBER})

    def fit(self, sample: Sample) -> FittedLog:
        block = number_block(sample.columns)
        filling = fit_filling(sample.columns.columns, block)
        moments = measure_moments(block)
        skewed = np.abs(measure_skewness(block, moments)) > SKEWED
        logged = measure_moments(block, lambda part: _log(part, skewed))
        return FittedLog(filling, scaling_of(logged), skewed)


def _log(block: Floats, skewed: NDArray[np.bool_]) -> Float32:
    logged = block.astype(np.float32)
    # In double, because the last bit of a float32 logarithm differs between libraries.
    wide = block[:, skewed].astype(np.float64)
    logged[:, skewed] = np.sign(wide) * np.log(np.abs(wide) + 1.0)
    return logged


ENCODER = Log()
