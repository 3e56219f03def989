"""Remembers values as hashes, to tell which came before."""

import numpy as np
import polars as pl
from numpy.typing import NDArray


class Seen:
    """Values of one column so far, 8 bytes each.

    Two different values share a 64-bit hash once in about 10^19 pairs.
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []

    def repeats(self, column: pl.Series) -> NDArray[np.bool_]:
        """[n] true where the value stood before, here or in an earlier call; then remember all.

        The column has no missing values.
        """
        hashes = column.hash(0).to_numpy()
        _, first = np.unique(hashes, return_index=True)
        repeated = np.ones(len(hashes), dtype=np.bool_)
        repeated[first] = False
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            repeated |= run[places] == hashes
        self._remember(np.sort(hashes[~repeated]))
        return repeated

    def _remember(self, hashes: NDArray[np.uint64]) -> None:
        """Sorted runs, merged so that each is more than twice as long as the next."""
        if not len(hashes):
            return
        while self._runs and len(self._runs[-1]) <= 2 * len(hashes):
            hashes = np.sort(np.concatenate([self._runs.pop(), hashes]), kind="stable")
        self._runs.append(hashes)
