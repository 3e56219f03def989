"""Rows as they are."""

from keel.train.algorithm import Facts
from keel.train.imbalance.method import Labels, Resampled
from keel.train.matrix import Matrix


class NoTreatment:
    """Leaves the classes in their natural shares; the threshold answers for the rare one.

    Source: Provost (2000), Machine learning from imbalanced data sets 101.
    """

    name = "none"
    bags = 1

    def skip(self, facts: Facts, counts: Labels) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:  # noqa: ARG002
        """The same rows."""
        return matrix, label, None


METHOD = NoTreatment()
