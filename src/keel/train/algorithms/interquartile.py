"""Interquartile range: how far a row's values lie beyond the middle half of each column."""

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Space
from keel.train.models.picks import Picks, facts_of
from keel.train.models.tail_scores import Join, TailScores


class Interquartile:
    """A value scores its distance beyond the quartiles in interquartile ranges: 1.5 is Tukey's
    inner fence, 3 the outer. A row scores its most unusual column, or the mean over its columns.

    Source: Tukey (1977), Exploratory data analysis, chapter 2.
    """

    name = "interquartile"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """How columns are joined."""
        return {"join": Choice(("max", "mean"))}

    def fit(self, fit: Fit) -> FittedModel:
        """Quartiles. Where more than half the values are equal the unit is the standard
        deviation, and 1 where all are."""
        join = Picks(self.space(facts_of(fit)), fit.parameters).word("join")
        dense = fit.matrix.dense.astype(np.float64)
        low, high = np.quantile(dense, [0.25, 0.75], axis=0)
        spread = dense.std(axis=0)
        scale = np.where(high > low, high - low, np.where(spread > 0, spread, 1.0))
        kind: Join = "mean" if join == "mean" else "max"
        return TailScores("anomaly", {"join": join}, low, high, scale, kind)


ALGORITHM = Interquartile()
