"""Detectors that add up how rare each value is in the tails of its column."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Space
from keel.train.models.column_tails import column_tails
from keel.train.models.picks import Picks, facts_of
from keel.train.models.step_scores import StepScores

Float64 = NDArray[np.float64]
Rarity = Callable[[Float64, Float64, float], Float64]
"""How rare values are, by minus the logarithms of the shares of the left and the right tail, and
the skewness of their column."""


class TailDetector:
    """The sum over columns of a rarity. Nothing to tune. Shares are those among the fitting rows,
    whatever rows come together later."""

    tasks = frozenset({TaskName.DETECT})
    needs = Needs(scaled=False, recurring=True, categories=("frequency",))

    def __init__(self, name: str, rarity: Rarity) -> None:
        self.name = name
        self._rarity = rarity

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Nothing to choose."""
        return {}

    def fit(self, fit: Fit) -> FittedModel:
        """Count."""
        Picks(self.space(facts_of(fit)), fit.parameters)
        columns = column_tails(fit.matrix.dense, self._rarity)
        steps = sum(len(column.values) for column in columns)
        return StepScores("anomaly", {"steps": steps}, columns)


def pointed_tail(left: Float64, right: Float64, skew: float) -> Float64:
    """The tail that the skewness points to; both where there is none."""
    return left * (skew <= 0) + right * (skew >= 0)
