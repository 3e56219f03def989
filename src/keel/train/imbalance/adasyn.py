"""Invented rows of the rare classes, most where they are hardest to tell apart."""

import numpy as np

from keel.errors import MissingExtra
from keel.train.algorithm import Facts
from keel.train.imbalance.method import Labels, Resampled
from keel.train.imbalance.mixed import read_numbers
from keel.train.imbalance.smote import NEIGHBOURS, append_synthetic, skip_synthetic
from keel.train.matrix import Matrix
from keel.train.models.fitting import fitting


class Adasyn:
    """SMOTE with more new rows beside rows that have neighbours of other classes.

    Source: He, Bai, Garcia & Li (2008), ADASYN: adaptive synthetic sampling approach for
    imbalanced learning.
    """

    name = "adasyn"
    bags = 1

    def skip(self, facts: Facts, counts: Labels) -> str | None:
        """As for SMOTE, and categories."""
        if facts.has_categories:
            return "ADASYN knows no category: a value between two categories means nothing"
        return skip_synthetic(facts, counts, "ADASYN")

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:
        """All rows, then the invented ones; none where no rare row has a neighbour of another
        class. Raises MissingExtra."""
        try:
            from imblearn.over_sampling import ADASYN
        except ImportError as error:
            raise MissingExtra("ADASYN", "imbalance") from error

        counts = np.unique(label, return_counts=True)[1]
        if len(counts) < 2 or counts.min() == counts.max():
            return matrix, label, None
        numbers = read_numbers(matrix)
        sampler = ADASYN(n_neighbors=min(NEIGHBOURS, int(counts.min()) - 1), random_state=seed)
        try:
            with fitting():
                values, codes = sampler.fit_resample(numbers.values, label)
        except (ValueError, RuntimeError):
            # How the library says that the classes are too far apart, or too small, to need it.
            return matrix, label, None
        return append_synthetic(matrix, label, numbers, values, codes)


METHOD = Adasyn()
