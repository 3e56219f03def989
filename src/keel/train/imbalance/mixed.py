"""An encoded matrix read back as numbers and categories, for methods that invent rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.matrix import Float32, Matrix

MOST_CODES = 64
"""A column of at most this many different whole numbers is taken for codes or counts: a value
between two of them may mean nothing."""

_MARKS = (" = ", " is ")
"""What the one-hot encoder writes between a column's name and one of its categories."""


@dataclass(frozen=True, eq=False)
class Mixed:
    """values: [n, numbers + groups] float64: standardised numbers without NaN, then a code per
    group. numbers: their columns. groups: the columns of each category, several where it is
    one-hot. rows_of: per group the [codes, columns] rows that the codes stand for. center,
    spread: of the numbers. width: columns of the matrix."""

    values: NDArray[np.float64]
    numbers: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    rows_of: tuple[Float32, ...]
    center: NDArray[np.float64]
    spread: NDArray[np.float64]
    width: int

    def matrix_of(self, values: NDArray[np.float64]) -> Float32:
        """[m, width] rows from m rows like `values`."""
        dense = np.empty((len(values), self.width), dtype=np.float32)
        count = len(self.numbers)
        dense[:, list(self.numbers)] = values[:, :count] * self.spread + self.center
        for place, (columns, rows) in enumerate(zip(self.groups, self.rows_of, strict=True)):
            dense[:, list(columns)] = rows[values[:, count + place].astype(np.int64)]
        return dense


def read_mixed(matrix: Matrix) -> Mixed:
    """Columns of 0 and 1 that encode one category belong together; see `MOST_CODES`."""
    return _read(matrix.dense, _groups(matrix))


def read_numbers(matrix: Matrix) -> Mixed:
    """Every column as a number."""
    return _read(matrix.dense, ())


def _read(dense: Float32, groups: tuple[tuple[int, ...], ...]) -> Mixed:
    grouped = {column for group in groups for column in group}
    numbers = tuple(column for column in range(dense.shape[1]) if column not in grouped)
    block = dense[:, list(numbers)].astype(np.float64)
    center = np.array([_median(column) for column in block.T])
    block = np.where(np.isnan(block), center, block) - center
    spread = block.std(axis=0)
    spread[spread == 0] = 1.0
    codes, rows_of = [], []
    for group in groups:
        rows, code = np.unique(dense[:, list(group)], axis=0, return_inverse=True)
        codes.append(code.reshape(-1).astype(np.float64))
        rows_of.append(rows)
    values = np.column_stack([block / spread, *codes])
    return Mixed(values, numbers, groups, tuple(rows_of), center, spread, dense.shape[1])


def _groups(matrix: Matrix) -> tuple[tuple[int, ...], ...]:
    found: dict[str, list[int]] = {}
    for column in range(matrix.dense.shape[1]):
        values = matrix.dense[:, column]
        if not (values == np.round(values)).all():
            continue
        distinct = np.unique(values)
        if len(distinct) > MOST_CODES:
            continue
        name = matrix.names[column] if column < len(matrix.names) else ""
        marks = [mark for mark in _MARKS if mark in name]
        one_hot = bool(marks) and set(distinct.tolist()) <= {0.0, 1.0}
        key = name.split(marks[0], 1)[0] if one_hot else f"\n{column}"
        found.setdefault(key, []).append(column)
    return tuple(tuple(columns) for columns in found.values())


def _median(column: NDArray[np.float64]) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0
