"""One decision tree."""

from keel.spec.kinds import LABELLED, TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.forest_model import ForestModel
from keel.train.models.picks import Picks, facts_of, plain
from keel.train.models.seen_classes import on_seen_classes


class DecisionTree:
    """CART, grown best split first up to a number of leaves. Missing values go to the side that
    lowers the impurity more.

    Source: Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees.
    """

    name = "decision_tree"
    tasks = LABELLED
    needs = Needs(scaled=False, missing=True, categories=("ordinal", "onehot", "target"))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """Small enough to read at first."""
        space: dict[str, Choice | Range] = {
            "max_leaf_nodes": Range(4, 1024, 64, log=True, whole=True),
            "min_samples_leaf": Range(1, 200, 10, log=True, whole=True),
        }
        if facts.task is TaskName.CLASSIFY:
            space["criterion"] = Choice(("gini", "entropy"))
        return space

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, self._learn, "probability") if fit.classes else self._learn(fit)

    def _learn(self, fit: Fit) -> FittedModel:
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        sizes = {
            "max_leaf_nodes": picks.whole("max_leaf_nodes"),
            "min_samples_leaf": picks.whole("min_samples_leaf"),
            "random_state": fit.seed,
        }
        if fit.classes:
            model = DecisionTreeClassifier(criterion=picks.word("criterion"), **sizes)
        else:
            model = DecisionTreeRegressor(**sizes)
        with fitting(fit.threads):
            model.fit(fit.matrix.dense, fit.label, sample_weight=fit.weight)
        return ForestModel.of([model], fit.classes, plain(model.get_params()), fit.threads)


ALGORITHM = DecisionTree()
