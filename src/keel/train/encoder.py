"""The seam of encoders: one column in, numbers out, natively and inside the graph."""

from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.train.graph import Graph
from keel.train.matrix import Float32


class FittedEncoder(Protocol):
    """An encoder that has seen fitting rows. `transform` and `graph` agree to 1e-6."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k output columns."""
        ...

    def transform(self, column: pl.Series) -> Float32:
        """[n, k] from n values as stored in a Table. Never raises on a value."""
        ...

    def graph(self, graph: Graph, tensor: str) -> str:
        """The same inside the graph: from the column's input [n, 1] to FLOAT [n, k].

        Inputs: FLOAT with NaN for missing (numbers; booleans as 0 and 1), STRING with "" for
        missing (categories), INT64 microseconds since 1970 in UTC with the smallest INT64 for
        missing (times).
        """
        ...


class Encoder(Protocol):
    """How to fit one. `label`: [n] codes or values of the fitting rows, for those that look at
    it (which must cross-fit within them); `seed` settles whatever is random."""

    @property
    def name(self) -> str:
        """Its word in parameters and reports."""
        ...

    def fit(
        self,
        column: pl.Series,
        label: NDArray[np.int64] | NDArray[np.float64],
        seed: int,
    ) -> FittedEncoder:
        """Learn from the fitting rows of one column."""
        ...
