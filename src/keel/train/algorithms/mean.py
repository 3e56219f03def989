"""The mean or the median of the label: what every regression must beat."""

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Space
from keel.train.models.constant_model import ConstantModel
from keel.train.models.picks import Picks, facts_of


class Mean:
    """Answers every row with one number: the mean minimises squared, the median absolute error.

    Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, eq. 2.13
    and 2.18.
    """

    name = "mean"
    tasks = frozenset({TaskName.REGRESS})
    needs = Needs(scaled=False, missing=True, text=True, categories=("ordinal",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Which number."""
        return {"statistic": Choice(("mean", "median"))}

    def fit(self, fit: Fit) -> FittedModel:
        """Average."""
        statistic = Picks(self.space(facts_of(fit)), fit.parameters).word("statistic")
        label = fit.label.astype(np.float64)
        weight = np.ones(len(label)) if fit.weight is None else fit.weight
        if statistic == "median":
            value = np.quantile(label, 0.5, weights=weight, method="inverted_cdf")
        else:
            value = np.average(label, weights=weight)
        row = np.asarray([value], dtype=np.float32)
        return ConstantModel("value", {"statistic": statistic}, row)


ALGORITHM = Mean()
