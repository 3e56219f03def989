"""ECOD: how rare a row's values are in the tails of their columns."""

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Space
from keel.train.models.column_tails import column_tails
from keel.train.models.picks import Picks, facts_of
from keel.train.models.step_scores import StepScores

Float64 = NDArray[np.float64]


class Ecod:
    """The sum over columns of minus the logarithm of a tail's share: the rarest of the left tail,
    the right tail, and the tail that the column's skewness points to. Nothing to tune.

    Shares are those among the fitting rows, whatever rows come together later.

    Source: Li et al. (2022), ECOD: unsupervised outlier detection using empirical cumulative
    distribution functions, doi:10.1109/TKDE.2022.3159580; the largest is taken column by column,
    as PyOD does.
    """

    name = "ecod"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(scaled=False, recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Nothing to choose."""
        return {}

    def fit(self, fit: Fit) -> FittedModel:
        """Count."""
        Picks(self.space(facts_of(fit)), fit.parameters)
        columns = column_tails(fit.matrix.dense, _rarest)
        steps = sum(len(column.values) for column in columns)
        return StepScores("anomaly", {"steps": steps}, columns)


def _rarest(left: Float64, right: Float64, skew: float) -> Float64:
    pointed = left * (skew <= 0) + right * (skew >= 0)
    return np.maximum(np.maximum(left, right), pointed)


ALGORITHM = Ecod()
