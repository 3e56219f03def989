"""COPOD: how rare a row is under the empirical copula of its columns."""

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Space
from keel.train.models.column_tails import column_tails
from keel.train.models.picks import Picks, facts_of
from keel.train.models.step_scores import StepScores

Float64 = NDArray[np.float64]


class Copod:
    """The sum over columns of minus the logarithm of a tail's share: that of the tail which the
    column's skewness points to, or the mean of both tails where that is rarer. Nothing to tune.

    Shares are those among the fitting rows, whatever rows come together later.

    Source: Li et al. (2020), COPOD: copula-based outlier detection,
    doi:10.1109/ICDM50108.2020.00135; the larger is taken column by column, as PyOD does.
    """

    name = "copod"
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
        columns = column_tails(fit.matrix.dense, _copula)
        steps = sum(len(column.values) for column in columns)
        return StepScores("anomaly", {"steps": steps}, columns)


def _copula(left: Float64, right: Float64, skew: float) -> Float64:
    pointed = left * (skew <= 0) + right * (skew >= 0)
    return np.maximum(pointed, (left + right) / 2)


ALGORITHM = Copod()
