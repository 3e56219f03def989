"""One score for every row: what every detector must beat."""

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Space
from keel.train.models.constant_model import ConstantModel
from keel.train.models.picks import Picks, facts_of


class Constant:
    """Finds nothing odd. Its average precision is the share of anomalies.

    Source: Saito & Rehmsmeier (2015), The precision-recall plot is more informative than the ROC
    plot, doi:10.1371/journal.pone.0118432, on the baseline of a random detector.
    """

    name = "constant"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(scaled=False, missing=True, recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Nothing to choose."""
        return {}

    def fit(self, fit: Fit) -> FittedModel:
        """Look at nothing."""
        Picks(self.space(facts_of(fit)), fit.parameters)
        return ConstantModel("anomaly", {}, np.zeros(1, dtype=np.float32))


ALGORITHM = Constant()
