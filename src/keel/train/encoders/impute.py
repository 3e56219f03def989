"""Numbers with the median in place of a missing value, and an indicator beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.numbers import Filling, fit_filling, join_columns
from keel.train.export.graph import Graph
from keel.train.export.tensors import number_block
from keel.train.matrix import Float32


@dataclass(frozen=True, eq=False)
class FittedImpute:
    """Medians of the fitting rows; indicators for the columns in which values were missing."""

    filling: Filling

    @property
    def names(self) -> tuple[str, ...]:
        return self.filling.names + self.filling.indicator_names

    @property
    def parameters(self) -> Mapping[str, object]:
        return {"fill": self.filling.values.tolist()}

    def transform(self, columns: pl.DataFrame) -> Float32:
        block = number_block(columns)
        return self.filling.indicate(block, self.filling.fill(block))

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        block = join_columns(graph, tensors)
        return self.filling.indicate_graph(graph, block, self.filling.fill_graph(graph, block))


class Impute:
    """A missing value becomes the median of the fitting rows; a boolean the more frequent one."""

    name = "impute"
    kinds = frozenset({Kind.NUMBER, Kind.BOOLEAN})

    def fit(self, sample: Sample) -> FittedImpute:
        return FittedImpute(fit_filling(sample.columns.columns, number_block(sample.columns)))


ENCODER = Impute()
