"""Columns of text under the names of a source."""

import polars as pl
import pyarrow as pa


def text_frame(batch: pa.RecordBatch, names: tuple[str, ...]) -> pl.DataFrame:
    """Positions become names; of a name that stands twice the first column is kept."""
    frame = pl.from_arrow(batch)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a record batch is a frame")
    if len(set(names)) == len(names):
        frame.columns = list(names)
        return frame
    first = dict(zip(reversed(names), reversed(frame.columns), strict=True))
    return frame.select(pl.col(alias).alias(name) for name, alias in first.items())
