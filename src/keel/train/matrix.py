"""What algorithms learn from: numbers, and for those that take text also sparse counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Matrix:
    """dense: [n, d] float32, C order, NaN where missing if the encoding leaves it in.
    text: [n, v] float32 CSR of weighted n-grams, or None. names: of the d dense columns.
    """

    dense: Float32
    text: sparse.csr_matrix | None = None
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.dense.shape[0])

    def take(self, rows: NDArray[np.int64]) -> "Matrix":
        """These rows, in this order."""
        text = None if self.text is None else self.text[rows]
        return Matrix(self.dense[rows], text, self.names)
