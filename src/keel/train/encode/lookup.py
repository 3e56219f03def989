"""Categories looked up in a table: each one, a missing value and an unseen one has its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.train.encode.numbers import join_columns
from keel.train.export.graph import ML, Graph
from keel.train.export.tensors import category_codes
from keel.train.matrix import Float32


@dataclass(frozen=True, eq=False)
class Lookup:
    """table: [c + 2, k] float32: a row per category, then the row of a missing value, then that
    of one never seen. categories: [c] distinct and not empty; "" is a missing value.
    """

    categories: tuple[str, ...]
    table: Float32

    def transform(self, column: pl.Series) -> Float32:
        """[n, k] rows of the table."""
        return self.table[find_rows(column, self.categories)]

    def graph(self, graph: Graph, tensor: str) -> str:
        """`transform` inside the graph: from STRING [n, 1] to FLOAT [n, k]."""
        keys = [*self.categories, ""]
        if self.table.shape[1] == 1:
            values = self.table[:, 0].tolist()
            return graph.node(
                "LabelEncoder",
                tensor,
                domain=ML,
                keys_strings=keys,
                values_floats=values[:-1],
                default_float=values[-1],
            )
        rows = graph.node(
            "LabelEncoder",
            tensor,
            domain=ML,
            keys_strings=keys,
            values_int64s=list(range(len(keys))),
            default_int64=len(keys),
        )
        flat = graph.node("Reshape", rows, graph.int64([-1]))
        return graph.node("Gather", graph.float32(self.table), flat, axis=0)


@dataclass(frozen=True, eq=False)
class FittedLookups:
    """A fitted encoder that is one lookup per column."""

    names: tuple[str, ...]
    lookups: tuple[Lookup, ...]

    @property
    def parameters(self) -> Mapping[str, object]:
        return {"categories": [len(lookup.categories) for lookup in self.lookups]}

    def transform(self, columns: pl.DataFrame) -> Float32:
        parts = [
            lookup.transform(column)
            for lookup, column in zip(self.lookups, columns.iter_columns(), strict=True)
        ]
        return np.concatenate(parts, axis=1)

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        parts = [
            lookup.graph(graph, tensor)
            for lookup, tensor in zip(self.lookups, tensors, strict=True)
        ]
        return join_columns(graph, parts)


@dataclass(frozen=True, eq=False)
class Counts:
    """What was seen of one column: categories by falling count, ties by name, and how often."""

    categories: tuple[str, ...]
    counts: NDArray[np.int64]
    missing: int


def count_categories(column: pl.Series, most: int | None = None) -> Counts:
    """The categories of the fitting rows, the `most` frequent ones."""
    codes, texts = category_codes(column)
    counts = np.bincount(codes, minlength=len(texts))
    seen = sorted(
        ((-int(count), text) for text, count in zip(texts, counts, strict=True) if text),
    )[:most]
    missing = int(counts[texts.index("")]) if "" in texts else 0
    return Counts(
        tuple(text for _, text in seen),
        np.array([-count for count, _ in seen], dtype=np.int64),
        missing,
    )


def find_rows(column: pl.Series, categories: Sequence[str]) -> NDArray[np.int64]:
    """[n] positions in `categories`; the next two are for missing and for unseen."""
    codes, texts = category_codes(column)
    positions = {"": len(categories), **{text: at for at, text in enumerate(categories)}}
    rows = np.array([positions.get(text, len(categories) + 1) for text in texts], dtype=np.int64)
    return rows[codes]
