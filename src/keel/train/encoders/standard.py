"""Numbers filled and brought near zero with unit spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.moments import measure_moments
from keel.train.encode.numbers import Filling, Scaling, fit_filling, join_columns, scaling_of
from keel.train.export.graph import Graph
from keel.train.export.tensors import number_block
from keel.train.matrix import Float32


@dataclass(frozen=True, eq=False)
class FittedStandard:
    """Median, mean and deviation of the fitting rows."""

    filling: Filling
    scaling: Scaling

    @property
    def names(self) -> tuple[str, ...]:
        return self.filling.names + self.filling.indicator_names

    @property
    def parameters(self) -> Mapping[str, object]:
        return {
            "fill": self.filling.values.tolist(),
            "center": self.scaling.center.tolist(),
            "spread": self.scaling.spread.tolist(),
        }

    def transform(self, columns: pl.DataFrame) -> Float32:
        block = number_block(columns)
        return self.filling.indicate(block, self.scaling.scale(self.filling.fill(block)))

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        block = join_columns(graph, tensors)
        filled = self.filling.fill_graph(graph, block)
        return self.filling.indicate_graph(graph, block, self.scaling.graph(graph, filled))


class Standard:
    """Fill with the median, subtract the mean, divide by the deviation; a constant column
    becomes 0. Indicators stay 0 and 1."""

    name = "standard"
    kinds = frozenset({Kind.NUMBER, Kind.BOOLEAN})

    def fit(self, sample: Sample) -> FittedStandard:
        block = number_block(sample.columns)
        filling = fit_filling(sample.columns.columns, block)
        return FittedStandard(filling, scaling_of(measure_moments(block)))


ENCODER = Standard()
