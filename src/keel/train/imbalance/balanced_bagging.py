"""Many models, each on all rows of the rare class and as many of the others."""

from keel.train.algorithm import Facts
from keel.train.imbalance.method import Labels, Resampled
from keel.train.imbalance.under_sample import METHOD as UNDER_SAMPLE
from keel.train.matrix import Matrix


class BalancedBagging:
    """Under-sampling, repeated: the draws differ, their models are averaged, no row is lost.

    Source: Wallace, Small, Brodley & Trikalinos (2011), Class imbalance, redux.
    """

    name = "balanced_bagging"
    bags = 10

    def skip(self, facts: Facts, counts: Labels) -> str | None:
        """As for under-sampling."""
        return UNDER_SAMPLE.skip(facts, counts)

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:
        """One draw."""
        return UNDER_SAMPLE.apply(matrix, label, seed)


METHOD = BalancedBagging()
