"""Feature columns on their way to an encoding, with what is done to them only once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.table import Column
from keel.spec.kinds import Kind
from keel.train.encode.hashing import Hashed, HashSettings, hash_texts


@dataclass(frozen=True, eq=False)
class Source:
    """Feature columns of n rows whose texts were hashed once, for all folds and trials."""

    frame: pl.DataFrame
    texts: Mapping[str, Hashed]

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: NDArray[np.int64]) -> "Source":
        """These rows, in this order, with numbers in the type that a model sees."""
        columns = [_narrow(column.gather(rows)) for column in self.frame.iter_columns()]
        texts = {name: hashed.take(rows) for name, hashed in self.texts.items()}
        return Source(pl.DataFrame(columns), texts)


def read_source(frame: pl.DataFrame, columns: Sequence[Column]) -> Source:
    """Hash the texts among `columns`. Worth it before a frame is cut into folds."""
    names = [column.name for column in columns if column.kind is Kind.TEXT]
    return Source(frame, {name: hash_texts(frame[name], HashSettings()) for name in names})


def _narrow(column: pl.Series) -> pl.Series:
    return column.cast(pl.Float32) if column.dtype == pl.Float64 else column
