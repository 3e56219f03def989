"""What is known of the items that lists are made of, and of the users they were made for."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shelf:
    """Facts beside n lists. count: [items] how many users used each item while the model learned.
    users: how many there were. labels: [items, g] of 0 and 1 (genres), None where items have none.
    history: [n, h] codes of what each user had used, padded with -1. predicted, rated: [n, r]
    ratings foretold and given for the same items, padded with NaN; None where none are.
    """

    count: Integers
    users: int
    labels: sparse.csr_matrix | None = None
    history: Integers | None = None
    predicted: Floats | None = None
    rated: Floats | None = None

    @property
    def items(self) -> int:
        """How many items the catalogue has."""
        return len(self.count)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Shelf":
        """The facts beside these lists."""
        return replace(
            self,
            history=None if self.history is None else self.history[rows],
            predicted=None if self.predicted is None else self.predicted[rows],
            rated=None if self.rated is None else self.rated[rows],
        )
