"""Weights that give every class the same say."""

import numpy as np

from keel.train.algorithm import Facts
from keel.train.imbalance.method import Labels, Resampled
from keel.train.matrix import Matrix


class ClassWeight:
    """A row of class c weighs n / (classes x rows of c), so that the weights average 1.

    Source: King & Zeng (2001), Logistic regression in rare events data, eq. 8.
    """

    name = "class_weight"
    bags = 1

    def skip(self, facts: Facts, counts: Labels) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:  # noqa: ARG002
        """The same rows, weighted."""
        _, codes, counts = np.unique(label, return_inverse=True, return_counts=True)
        weight = len(label) / (len(counts) * counts.astype(np.float64))
        return matrix, label, weight[codes]


METHOD = ClassWeight()
