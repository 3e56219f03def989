"""Z-score: how many standard deviations a row's values lie from their means."""

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Space
from keel.train.models.picks import Picks, facts_of
from keel.train.models.tail_scores import Join, TailScores


class ZScore:
    """Scores a row by its most unusual column, or by the mean over its columns.

    Source: Grubbs (1969), Procedures for detecting outlying observations in samples.
    """

    name = "z_score"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """How columns are joined."""
        return {"join": Choice(("max", "mean"))}

    def fit(self, fit: Fit) -> FittedModel:
        """Means and deviations; a column that never moved has the deviation 1."""
        join = Picks(self.space(facts_of(fit)), fit.parameters).word("join")
        dense = fit.matrix.dense.astype(np.float64)
        mean, spread = dense.mean(axis=0), dense.std(axis=0)
        scale = np.where(spread > 0, spread, 1.0)
        kind: Join = "mean" if join == "mean" else "max"
        return TailScores("anomaly", {"join": join}, mean, mean, scale, kind)


ALGORITHM = ZScore()
