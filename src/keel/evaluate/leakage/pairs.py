"""Which values of a column meet which values of the label."""

from dataclasses import dataclass

import numpy as np

from keel.evaluate.leakage.target import Floats

LEAST_OF_EACH = 10
CHANCE = -27.6
"""The natural logarithm of 1e-12."""


@dataclass(frozen=True)
class Pairs:
    """Counts over the rows where a column is filled.

    distinct, labels: values of the column and of the label there. function: each value of the
    column meets one label. log_chance: the logarithm of the chance that as many values of these
    sizes meet one label each though they have nothing to do with it. least: rows of the rarest
    of at most two labels.
    """

    rows: int
    distinct: int
    labels: int
    function: bool
    log_chance: float
    least: int

    @property
    def beyond_chance(self) -> bool:
        """Whether there are two labels at least, each often enough to mean something."""
        return self.labels > 1 and self.log_chance < CHANCE and self.least >= LEAST_OF_EACH


def pair_values(values: Floats, label: Floats) -> Pairs:
    """How [n] values, none missing, meet [n] labels."""
    distinct, value, sizes = np.unique(values, return_inverse=True, return_counts=True)
    labels, code, counts = np.unique(label, return_inverse=True, return_counts=True)
    met = np.zeros(len(distinct), dtype=np.int64)
    pairs = np.unique(value.astype(np.int64) * len(labels) + code)
    np.add.at(met, pairs // len(labels), 1)
    function = bool((met == 1).all())
    share = counts / len(label)
    log_chance = 0.0
    if function:
        largest = sizes[:, None] * np.log(share[None, :64]) if len(labels) <= 64 else None
        log_chance = (
            float(np.logaddexp.reduce(largest, axis=1).sum())
            if largest is not None
            else float((np.maximum(sizes - 1, 0) * np.log(share.max())).sum())
        )
    least = int(counts.min()) if len(labels) == 2 else LEAST_OF_EACH
    return Pairs(len(values), len(distinct), len(labels), function, log_chance, least)
