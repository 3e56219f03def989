"""Fewer rows of the common classes."""

import numpy as np

from keel.train.algorithm import Facts
from keel.train.imbalance.method import Labels, Resampled
from keel.train.matrix import Matrix

FEWEST = 30
"""Rows of the rarest class below which what is left teaches nothing."""


class UnderSample:
    """Every class is drawn down to the size of the rarest, without replacement.

    Source: Drummond & Holte (2003), C4.5, class imbalance, and cost sensitivity: why
    under-sampling beats over-sampling.
    """

    name = "under_sample"
    bags = 1

    def skip(self, facts: Facts, counts: Labels) -> str | None:  # noqa: ARG002
        """Too few rows would be left."""
        if counts.min() < FEWEST:
            return (
                f"the rarest class has {counts.min()} rows: "
                f"all classes would be cut to fewer than {FEWEST}"
            )
        return None

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:
        """A part of the rows, in their order."""
        rows = balanced_rows(label, seed)
        return matrix.take(rows), label[rows], None


def balanced_rows(label: Labels, seed: int) -> Labels:
    """Sorted row numbers, as many of each class as the rarest has."""
    random = np.random.default_rng(seed)
    seen, counts = np.unique(label, return_counts=True)
    drawn = [
        random.choice(np.flatnonzero(label == code), counts.min(), replace=False) for code in seen
    ]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


METHOD = UnderSample()
