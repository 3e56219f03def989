"""Every algorithm, found by its place, and which of two is the simpler."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from keel.spec.kinds import TaskName
from keel.train import algorithms as folder
from keel.train.algorithm import Algorithm

SIMPLICITY = [
    "prior",
    "mean",
    "constant",
    "unseen_event",
    "event_values",
    "rare_counts",
    "nearest_counts",
    "event_order",
    "event_rates",
    "event_families",
    "z_score",
    "interquartile",
    "ecod",
    "copod",
    "linear",
    "logistic",
    "naive_bayes",
    "decision_tree",
    "linear_svm",
    "nearest_neighbours",
    "random_forest",
    "lightgbm",
    "rbf_svm",
    "robust_covariance",
    "neighbour_distance",
    "isolation_forest",
    "local_outlier_factor",
    "one_class_svm",
    "neural_network",
    "autoencoder",
    "event_lstm",
    "event_attention",
]
"""The simplest first: how little a person must hold in mind to follow one answer, then how little
it costs to run. Between models that do equally well the simpler one wins."""


def algorithms(task: TaskName | None = None) -> Mapping[str, Algorithm]:
    """Algorithms by name, the simplest first; those that can be asked `task` if one is given."""
    return {
        name: algorithm
        for name, algorithm in _all().items()
        if task is None or task in algorithm.tasks
    }


def simplicity(name: str) -> int:
    """The place of an algorithm in `SIMPLICITY`; one that is not listed comes last."""
    return SIMPLICITY.index(name) if name in SIMPLICITY else len(SIMPLICITY)


@cache
def _all() -> Mapping[str, Algorithm]:
    found: dict[str, Algorithm] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        algorithm = importlib.import_module(f"{folder.__name__}.{module.name}").ALGORITHM
        found[algorithm.name] = algorithm
    return {name: found[name] for name in sorted(found, key=lambda n: (simplicity(n), n))}
