"""What algorithms learn from: numbers, and for those that take text also sparse counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sequences:
    """n sequences of ids in compressed rows: sequence i is `ids[starts[i]:starts[i + 1]]`.

    ids: [m] int32 from 1 to `known` where an id stands for something seen in fitting, `known + 1`
    for what was never seen; 0 is kept for padding. statistics: [n, s] float32 without NaN.
    """

    starts: NDArray[np.int64]
    ids: NDArray[np.int32]
    statistics: Float32
    known: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def width(self) -> int:
        """Ids are below this."""
        return self.known + 2

    @property
    def counts(self) -> sparse.csr_matrix:
        """[n, width] float32: how often each id is in each sequence."""
        ones = np.ones(len(self.ids), dtype=np.float32)
        # Summing sorts the ids in place.
        parts = (ones, self.ids.copy(), self.starts)
        counts = sparse.csr_matrix(parts, (len(self), self.width))
        counts.sum_duplicates()
        return counts

    def take(self, rows: NDArray[np.int64]) -> "Sequences":
        """These sequences, in this order."""
        lengths = np.diff(self.starts)[rows]
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        places = np.repeat(self.starts[rows] - ends[:-1], lengths) + np.arange(ends[-1])
        return Sequences(ends, self.ids[places], self.statistics[rows], self.known)


@dataclass(frozen=True, eq=False)
class Matrix:
    """dense: [n, d] float32, C order, NaN where missing if the encoding leaves it in.
    text: [n, v] float32 CSR of weighted n-grams, or None. names: of the d dense columns.
    sequences: of the sequence column, or None.
    """

    dense: Float32
    text: sparse.csr_matrix | None = None
    names: tuple[str, ...] = ()
    sequences: Sequences | None = None

    def __len__(self) -> int:
        return int(self.dense.shape[0])

    def take(self, rows: NDArray[np.int64]) -> "Matrix":
        """These rows, in this order."""
        text = None if self.text is None else self.text[rows]
        sequences = None if self.sequences is None else self.sequences.take(rows)
        return Matrix(self.dense[rows], text, self.names, sequences)
