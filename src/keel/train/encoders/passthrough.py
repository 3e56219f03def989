"""Numbers as they are, NaN left in, for algorithms that take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.numbers import join_columns
from keel.train.export.graph import Graph
from keel.train.export.tensors import number_block
from keel.train.matrix import Float32


@dataclass(frozen=True)
class FittedPassthrough:
    """Nothing is learned. The cost is one float32 copy."""

    names: tuple[str, ...]

    @property
    def parameters(self) -> Mapping[str, object]:
        return {}

    def transform(self, columns: pl.DataFrame) -> Float32:
        return number_block(columns)

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        return join_columns(graph, tensors)


class Passthrough:
    """Numbers and booleans in float32, NaN where missing."""

    name = "passthrough"
    kinds = frozenset({Kind.NUMBER, Kind.BOOLEAN})

    def fit(self, sample: Sample) -> FittedPassthrough:
        return FittedPassthrough(tuple(sample.columns.columns))


ENCODER = Passthrough()
