"""Numbers made as normal as a power can make them, then standardised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.numbers import Filling, fit_filling, join_columns
from keel.train.encode.power import Power, fit_power
from keel.train.export.graph import Graph
from keel.train.export.tensors import number_block
from keel.train.matrix import Float32


@dataclass(frozen=True, eq=False)
class FittedYeoJohnson:
    """A power per column, chosen by maximum likelihood on the fitting rows."""

    filling: Filling
    power: Power

    @property
    def names(self) -> tuple[str, ...]:
        return self.filling.names + self.filling.indicator_names

    @property
    def parameters(self) -> Mapping[str, object]:
        return {
            "fill": self.filling.values.tolist(),
            "power": self.power.exponent.tolist(),
            "mean": self.power.mean.tolist(),
            "deviation": self.power.deviation.tolist(),
        }

    def transform(self, columns: pl.DataFrame) -> Float32:
        block = number_block(columns)
        return self.filling.indicate(block, self.power.apply(self.filling.fill(block)))

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        block = join_columns(graph, tensors)
        powered = self.power.graph(graph, self.filling.fill_graph(graph, block))
        return self.filling.indicate_graph(graph, block, powered)


class YeoJohnson:
    """Fill with the median, take the Yeo-Johnson power of every column, standardise."""

    name = "yeo_johnson"
    kinds = frozenset({Kind.NUMBER})

    def fit(self, sample: Sample) -> FittedYeoJohnson:
        block = number_block(sample.columns)
        return FittedYeoJohnson(fit_filling(sample.columns.columns, block), fit_power(block))


ENCODER = YeoJohnson()
