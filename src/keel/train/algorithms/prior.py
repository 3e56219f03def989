"""The share of each class: what every classifier must beat."""

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Space
from keel.train.models.constant_model import ConstantModel
from keel.train.models.picks import Picks, facts_of


class Prior:
    """Answers every row with the weighted share of each class among the fitting rows.

    Source: the no-information rate; Provost & Fawcett (2013), Data Science for Business, ch. 7.
    """

    name = "prior"
    tasks = frozenset({TaskName.CLASSIFY})
    needs = Needs(scaled=False, missing=True, text=True, categories=("ordinal",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Nothing to choose."""
        return {}

    def fit(self, fit: Fit) -> FittedModel:
        """Count."""
        Picks(self.space(facts_of(fit)), fit.parameters)
        codes = fit.label.astype(np.int64)
        counts = np.bincount(codes, weights=fit.weight, minlength=fit.classes)
        return ConstantModel("probability", {}, (counts / counts.sum()).astype(np.float32))


ALGORITHM = Prior()
