"""Recommend: which items a user will want next."""

from keel.spec.kinds import TaskName
from keel.spec.promise import Measure

SHOWN = 10
"""Items of a list that figures look at when nobody says how many."""


class Recommend:
    """Outputs are lists of items [n, N], the best first; labels are the items that were right."""

    name = TaskName.RECOMMEND

    def objective(self) -> Measure:
        """What the first ten of a list are worth. Lists are never judged by errors of ratings."""
        return Measure("ndcg", "k", SHOWN)

    def report(self, classes: tuple[str, ...]) -> tuple[Measure, ...]:  # noqa: ARG002
        """Whether lists are right, and what they are like. What evidence lacks is left out."""
        ranking = ("ndcg", "recall", "map", "hit_rate")
        kind = ("coverage", "novelty", "diversity", "popularity_bias", "miscalibration")
        return (
            *(Measure(name, "k", SHOWN) for name in ranking),
            Measure("mrr"),
            *(Measure(name, "k", SHOWN) for name in kind),
            Measure("rmse"),
            Measure("mae"),
        )

    def baseline(self) -> str:
        """The same list for everyone."""
        return "popularity"


TASK = Recommend()
