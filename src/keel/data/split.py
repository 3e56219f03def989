"""How the rows of a table are divided: a test part, and folds of the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Fold:
    """Row numbers to fit on and to validate on, disjoint, neither overlapping the test part."""

    fit: Rows
    validate: Rows


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of the examples. `train` and `test` are disjoint; with a time gap or dropped
    duplicates they need not cover all rows.

    `by` is `time`, `group`, `random` or `given` (a test table of its own). Every fold lies within
    `train`. `protocol` says in one sentence how it was made; it is printed beside every figure.
    `clusters` numbers what must be resampled as a whole (a group, a day), None for single rows.
    `latest`: those of `train` that the model at the end is fitted on, where they are not all.
    """

    train: Rows
    test: Rows
    folds: tuple[Fold, ...]
    by: str
    protocol: str
    clusters: NDArray[np.int64] | None = None
    dropped: int = 0
    latest: Rows | None = None

    @property
    def last_fit(self) -> Rows:
        """Rows that the model at the end is fitted on."""
        return self.train if self.latest is None else self.latest
