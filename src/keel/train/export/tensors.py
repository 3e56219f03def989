"""Columns of a table as the arrays that a graph's inputs take, one rule for fitting and serving."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.few import FEW_ROWS

MISSING_TIME = np.iinfo(np.int64).min
"""What a missing time is in an INT64 tensor."""

_LARGEST = float(np.finfo(np.float32).max)
_BLOCK_ROWS = 4096
_FLOATS = (pl.Float64, pl.Float32)


def number_tensor(column: pl.Series) -> NDArray[np.float32]:
    """[n] float32 of numbers or booleans, NaN where missing, finite elsewhere."""
    array = _floats(column).to_numpy()
    if array.dtype == np.float32:
        return array
    with np.errstate(over="ignore"):
        narrow = array.astype(np.float32)
    _keep_finite(narrow)
    return narrow


def number_rows(columns: Sequence[pl.Series]) -> NDArray[np.float32]:
    """[d, n] float32 of d columns, each row as `number_tensor` of that column."""
    rows = np.empty((len(columns), len(columns[0]) if columns else 0), dtype=np.float32)
    with np.errstate(over="ignore"):
        for row, column in zip(rows, columns, strict=True):
            row[:] = _floats(column).to_numpy()
    _keep_finite(rows)
    return rows


def number_block(columns: pl.DataFrame) -> NDArray[np.float32]:
    """[n, d] float32, C order, of d columns of numbers or booleans: one copy."""
    block = np.empty(columns.shape, dtype=np.float32)
    arrays = [_floats(column).to_numpy() for column in columns.iter_columns()]
    # Row blocks that stay in the cache: column by column over all rows is three times slower.
    with np.errstate(over="ignore"):
        for start in range(0, len(block), _BLOCK_ROWS):
            part = block[start : start + _BLOCK_ROWS]
            for j, array in enumerate(arrays):
                part[:, j] = array[start : start + _BLOCK_ROWS]
            _keep_finite(part)
    return block


def category_tensor(column: pl.Series) -> NDArray[Any]:
    """[n] text objects, "" where missing. Equal texts are one object."""
    if len(column) <= FEW_ROWS:
        return np.asarray([text or "" for text in column.to_list()] + [""], dtype=object)[:-1]
    codes, texts = category_codes(column)
    return np.asarray([*texts, ""], dtype=object)[:-1][codes]


def category_codes(column: pl.Series) -> tuple[NDArray[np.int64], list[str]]:
    """[n] positions in the list of distinct texts, which are in the order they appear."""
    filled = column.cast(pl.String).fill_null("")
    distinct = filled.unique(maintain_order=True)
    codes = filled.replace_strict(distinct, pl.int_range(len(distinct), eager=True))
    return codes.to_numpy().astype(np.int64, copy=False), distinct.to_list()


def time_tensor(column: pl.Series) -> NDArray[np.int64]:
    """[n] int64 microseconds since 1970 in UTC, `MISSING_TIME` where missing."""
    micros = column.cast(pl.Int64)
    if micros.null_count():
        micros = micros.fill_null(MISSING_TIME)
    return micros.to_numpy()


def _floats(column: pl.Series) -> pl.Series:
    return column if type(column.dtype) in _FLOATS else column.cast(pl.Float64)


def _keep_finite(values: NDArray[np.float32]) -> None:
    """Beyond float32 is as far as float32 goes; scikit-learn refuses an infinite value."""
    if np.isinf(values).any():
        np.clip(values, -_LARGEST, _LARGEST, out=values)
