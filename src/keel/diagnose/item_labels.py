"""Labels of items, such as genres, out of a table of items."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from keel.diagnose.coded import code
from keel.train.recommend.content import SEPARATOR

FEWEST = 5
"""Labels of fewer items are left out."""
MOST_LEVELS = 100


@dataclass(frozen=True, eq=False)
class ItemLabels:
    """matrix: [items, g] of 0 and 1, names: [g]. known: [items] whether the table has the item and
    says anything."""

    column: str
    names: tuple[str, ...]
    matrix: sparse.csr_matrix
    known: NDArray[np.bool_]

    def of(self, item: int) -> tuple[str, ...]:
        """The labels of one item."""
        return tuple(self.names[place] for place in self.matrix[[item]].indices)


def label_column(table: pl.DataFrame | None) -> str | None:
    """The column of labels: texts parted by `|`, else the first with few distinct texts."""
    if table is None:
        return None
    texts = [name for name in table.columns[1:] if table[name].dtype == pl.String]
    for name in texts:
        if table[name].str.contains(SEPARATOR, literal=True).any():
            return name
    for name in texts:
        if 1 < table[name].n_unique() <= min(MOST_LEVELS, len(table) // FEWEST):
            return name
    return None


def read_labels(table: pl.DataFrame | None, ids: pl.Series) -> ItemLabels | None:
    """The labels of `ids` [items]; None where the table has none."""
    column = label_column(table)
    if table is None or column is None:
        return None
    parts = (
        table.select(
            code(table[table.columns[0]], ids).alias("item"),
            pl.col(column).str.split(SEPARATOR).alias("label"),
        )
        .explode("label", empty_as_null=True)
        .with_columns(pl.col("label").str.strip_chars())
        .filter(pl.col("item").is_not_null(), pl.col("label").str.len_chars() > 0)
        .unique()
    )
    known = np.zeros(len(ids), dtype=np.bool_)
    known[parts["item"].to_numpy()] = True
    kept = parts.group_by("label").len().filter(pl.col("len") >= FEWEST)["label"].sort()
    parts = parts.with_columns(code(parts["label"], kept).alias("place")).drop_nulls("place")
    places = (parts["item"].to_numpy(), parts["place"].to_numpy())
    matrix = sparse.csr_matrix((np.ones(len(parts)), places), shape=(len(ids), len(kept)))
    return ItemLabels(column, tuple(kept.to_list()), matrix, known)
