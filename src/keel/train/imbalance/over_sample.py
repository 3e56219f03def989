"""More copies of the rare classes."""

import numpy as np

from keel.train.algorithm import Facts
from keel.train.imbalance.method import Labels, Resampled
from keel.train.matrix import Matrix


class OverSample:
    """Every class is brought up to the size of the most common, by copies drawn at random.

    Source: Japkowicz & Stephen (2002), The class imbalance problem: a systematic study.
    """

    name = "over_sample"
    bags = 1

    def skip(self, facts: Facts, counts: Labels) -> str | None:
        """The copies of many rare classes would outgrow the table."""
        rows = int(counts.max()) * facts.classes
        if rows > 10 * counts.sum():
            return f"{facts.classes} classes: copies would make {rows} rows of {counts.sum()}"
        return None

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:
        """All rows, then the copies."""
        random = np.random.default_rng(seed)
        seen, counts = np.unique(label, return_counts=True)
        copies = [
            random.choice(np.flatnonzero(label == code), counts.max() - count)
            for code, count in zip(seen, counts, strict=True)
        ]
        rows = np.concatenate([np.arange(len(label)), *copies]).astype(np.int64)
        return matrix.take(rows), label[rows], None


METHOD = OverSample()
