"""Gradient boosted trees by LightGBM."""

from typing import Any

import numpy as np

from keel.spec.kinds import LABELLED, TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.boosted_model import BoostedModel
from keel.train.models.fitting import fitting
from keel.train.models.picks import ROUNDS, Picks, facts_of, plain
from keel.train.models.seen_classes import on_seen_classes
from keel.train.models.standard_label import standard_label

MOST_CLASSES = 100
PATIENCE = 50
"""Rounds without a better validation loss before fitting stops."""

FEW_ROWS = 100_000
"""Rows up to which a bin per distinct value is worth its time."""

RARE = 0.02
"""Below this share of a class, a bin of equally many rows holds more rows than the class, and the
class's log odds are so far out that the first trees, started from them, leap."""

FINE = 4095
"""Bins from which single values may have one of their own."""

POOL_MB = 1024
"""Of histograms at a time: with a bin per value, those of all leaves could fill the memory."""

UNSTOPPED_ROUNDS = 200
"""Rounds where neither a validation part nor a number was given."""

LOSSES = {"l2": "regression", "l1": "regression_l1", "huber": "huber"}


class LightGbm:
    """Leaf-wise boosting on histograms, made repeatable by LightGBM's deterministic mode.

    With a validation part it stops early and reports the `rounds` it kept; without one it makes
    the `rounds` of its parameters.

    Source: Friedman (2001), Greedy function approximation; Ke et al. (2017), LightGBM.
    """

    name = "lightgbm"
    tasks = LABELLED
    needs = Needs(
        scaled=False,
        missing=True,
        categories=("ordinal", "target", "onehot"),
        early_stopping=True,
    )

    def skip(self, facts: Facts) -> str | None:
        """Every round grows a tree per class."""
        if facts.classes > MOST_CLASSES:
            return (
                f"{facts.classes} classes: every round grows a tree per class, "
                f"too many above {MOST_CLASSES}"
            )
        return None

    def space(self, facts: Facts) -> Space:
        """Large tables learn faster and stop sooner: the rounds are limited by their size. A rare
        class is told apart by few values, which want bins of their own, in few leaves."""
        distinct = ("distinct",) if facts.rows < FEW_ROWS else ()
        rare = facts.rarest < RARE
        space: dict[str, Choice | Range] = {
            "learning_rate": Range(0.02, 0.3, 0.05 if facts.rows < 100_000 else 0.1, log=True),
            "num_leaves": Range(4, 255, 15 if rare else 31, log=True, whole=True),
            "min_data_in_leaf": Range(3, 300, 20, log=True, whole=True),
            "feature_fraction": Range(0.2, 1.0, 0.8),
            "bagging_fraction": Range(0.5, 1.0, 0.8),
            "lambda_l1": Range(1e-4, 10.0, 1e-4, log=True),
            "lambda_l2": Range(1e-4, 100.0, 1.0, log=True),
            "max_bin": Choice(
                (FINE, *distinct, 1023, 255) if rare else (255, 63, 1023, FINE, *distinct)
            ),
            "boost_from_average": Choice((False, True) if rare else (True, False)),
        }
        if facts.task is TaskName.REGRESS:
            space["loss"] = Choice(tuple(LOSSES))
        return space

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, self._classify, "probability") if fit.classes else _regress(fit)

    def _classify(self, fit: Fit) -> FittedModel:
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        binary = fit.classes == 2
        objective: dict[str, Any] = (
            {"objective": "binary"}
            if binary
            else {"objective": "multiclass", "num_class": fit.classes}
        )
        held_out = None if fit.validation is None else fit.validation[1]
        booster, parameters = _boost(fit, picks, objective, fit.label, held_out)
        return BoostedModel(
            "probability",
            parameters,
            booster,
            1 if binary else fit.classes,
            "sigmoid" if binary else "softmax",
            threads=fit.threads,
        )


def _regress(fit: Fit) -> FittedModel:
    """Huber's loss and the penalties have a unit, so the label is standardised."""
    picks = Picks(ALGORITHM.space(facts_of(fit)), fit.parameters)
    label = standard_label(fit)
    held_out = None if fit.validation is None else label.of(fit.validation[1])
    objective = {"objective": LOSSES[picks.word("loss")]}
    booster, parameters = _boost(fit, picks, objective, label.values, held_out)
    return BoostedModel(
        "value", parameters, booster, 1, "identity", label.center, label.scale, fit.threads
    )


def _boost(
    fit: Fit, picks: Picks, objective: dict[str, Any], label: Any, held_out: Any
) -> tuple[Any, dict[str, Any]]:
    import lightgbm

    settings = _settings(fit, picks) | objective
    train = lightgbm.Dataset(fit.matrix.dense, label, weight=fit.weight, params=dict(settings))
    callbacks: list[Any] = []
    valid_sets: list[Any] = []
    rounds = picks.rounds or (UNSTOPPED_ROUNDS if held_out is None else _most_rounds(fit))
    if fit.validation is not None and held_out is not None:
        valid_sets = [train.create_valid(fit.validation[0].dense, held_out)]
        callbacks = [lightgbm.early_stopping(PATIENCE, first_metric_only=True, verbose=False)]
    with fitting(fit.threads):
        booster = lightgbm.train(
            settings, train, rounds, valid_sets=valid_sets, callbacks=callbacks
        )
    kept = booster.best_iteration if valid_sets else booster.num_trees() // _per_round(fit)
    kept = max(1, kept)
    # A copy from text holds no training data and the kept rounds only.
    trimmed = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=kept))
    parameters = {**plain(settings), "trees": trimmed.num_trees(), ROUNDS: kept}
    return trimmed, parameters


def _settings(fit: Fit, picks: Picks) -> dict[str, Any]:
    distinct = picks.value("max_bin") == "distinct"
    bins = _distinct_values(fit) if distinct else picks.whole("max_bin")
    return {
        "learning_rate": picks.number("learning_rate"),
        "num_leaves": picks.whole("num_leaves"),
        "min_data_in_leaf": picks.whole("min_data_in_leaf"),
        "feature_fraction": picks.number("feature_fraction"),
        "bagging_fraction": picks.number("bagging_fraction"),
        "bagging_freq": 1,
        "lambda_l1": picks.number("lambda_l1"),
        "lambda_l2": picks.number("lambda_l2"),
        "max_bin": bins,
        "min_data_in_bin": 1 if distinct or bins >= FINE else 3,
        "histogram_pool_size": POOL_MB,
        "boost_from_average": picks.flag("boost_from_average"),
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": fit.threads,
        "seed": fit.seed % 2**31,
        "verbosity": -1,
    }


def _distinct_values(fit: Fit) -> int:
    """One bin per distinct value of the richest column, within what two bytes can number."""
    columns = fit.matrix.dense.T
    return min(65_534, max([2, *(len(np.unique(column)) + 1 for column in columns)]))


def _most_rounds(fit: Fit) -> int:
    by_size = np.clip(6e7 / max(1, len(fit.matrix)), 300, 3000)
    return max(30, int(by_size / max(1, _per_round(fit) / 3)))


def _per_round(fit: Fit) -> int:
    return fit.classes if fit.classes > 2 else 1


ALGORITHM = LightGbm()
