"""Random forest, or extremely randomised trees."""

from typing import Any

from keel.spec.kinds import LABELLED, TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.forest_model import ForestModel
from keel.train.models.picks import Picks, facts_of, plain
from keel.train.models.seen_classes import on_seen_classes

MOST_CLASSES = 100
MOST_NUMBERS = 400_000
"""Leaves times classes of a whole forest: what bounds the size of the artifact."""

BOOTSTRAP_ROWS = 100_000
"""More rows than this in one tree change nothing but the time."""


class RandomForest:
    """Trees on bootstrap samples with random features at each split, averaged; `extra` draws the
    thresholds at random as well and uses all rows.

    Source: Breiman (2001), Random forests; Geurts, Ernst & Wehenkel (2006), Extremely randomized
    trees.
    """

    name = "random_forest"
    tasks = LABELLED
    needs = Needs(scaled=False, missing=True, categories=("ordinal", "onehot", "target"))

    def skip(self, facts: Facts) -> str | None:
        """Every leaf stores a number per class."""
        if facts.classes > MOST_CLASSES:
            return f"{facts.classes} classes: a leaf per class grows too large above {MOST_CLASSES}"
        return None

    def space(self, facts: Facts) -> Space:
        """Leaves of several rows: probabilities are smoother and the artifact smaller."""
        regress = facts.task is TaskName.REGRESS
        features = (0.5, "sqrt", 0.3, 1.0) if regress else ("sqrt", 0.2, 0.4, 0.7)
        trees = 200 if facts.rows < BOOTSTRAP_ROWS else 100
        return {
            "kind": Choice(("random", "extra")),
            "max_features": Choice(features),
            "min_samples_leaf": Range(1, 50, 3 if regress else 5, log=True, whole=True),
            "n_estimators": Range(100, 400, trees, whole=True),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, self._learn, "probability") if fit.classes else self._learn(fit)

    def _learn(self, fit: Fit) -> FittedModel:
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        extra = picks.word("kind") == "extra"
        rows = len(fit.matrix)
        trees = picks.whole("n_estimators")
        model = _kind(extra, bool(fit.classes))(
            n_estimators=trees,
            max_features=picks.value("max_features"),
            min_samples_leaf=picks.whole("min_samples_leaf"),
            max_leaf_nodes=max(8, MOST_NUMBERS // (trees * max(1, fit.classes - 1))),
            bootstrap=not extra or rows > BOOTSTRAP_ROWS,
            max_samples=BOOTSTRAP_ROWS if rows > BOOTSTRAP_ROWS else None,
            n_jobs=fit.threads,
            random_state=fit.seed,
        )
        with fitting(fit.threads):
            model.fit(fit.matrix.dense, fit.label, sample_weight=fit.weight)
        parameters = {**plain(model.get_params()), "kind": picks.word("kind")}
        return ForestModel.of(model.estimators_, fit.classes, parameters, fit.threads)


def _kind(extra: bool, classify: bool) -> Any:
    from sklearn import ensemble

    name = ("ExtraTrees" if extra else "RandomForest") + ("Classifier" if classify else "Regressor")
    return getattr(ensemble, name)


ALGORITHM = RandomForest()
