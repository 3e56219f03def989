"""Rows to learn from: features as of their own time, and their label."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.split import Rows
from keel.data.table import Column


@dataclass(frozen=True, eq=False)
class Examples:
    """Feature columns and labels of n rows, row i of each belonging together.

    frame: the feature columns only, in the order of `columns`, physical types as in a Table.
    label: [n] int64 class codes for classify (1 is positive when there are two), float64 values
    for regress. classes: names by code, empty for regress. time: [n] datetime64[us], NaT where
    missing. group: [n] int64 codes of the entity that rows share. key: [n] text. None where not
    declared.
    """

    columns: tuple[Column, ...]
    frame: pl.DataFrame
    label: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...] = ()
    time: NDArray[np.datetime64] | None = None
    group: NDArray[np.int64] | None = None
    key: pl.Series | None = None

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: Rows) -> "Examples":
        """The examples at these row numbers, in this order."""
        return Examples(
            self.columns,
            self.frame[rows],
            self.label[rows],
            self.classes,
            None if self.time is None else self.time[rows],
            None if self.group is None else self.group[rows],
            None if self.key is None else self.key.gather(rows),
        )
