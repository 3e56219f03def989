"""Support vector machine with a radial kernel."""

from typing import Any, Literal

import numpy as np

from keel.spec.kinds import LABELLED, TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.kernel_model import KernelModel
from keel.train.models.picks import Picks, facts_of, plain
from keel.train.models.seen_classes import on_seen_classes
from keel.train.models.standard_label import standard_label

MOST_ROWS = 8_000
MOST_CLASSES = 20
"""Time grows with the square of the rows, and every class is a fit of its own."""


class RbfSvm:
    """The widest margin in the space of a radial kernel; several classes one against the rest.
    Gives decision values.

    Source: Boser, Guyon & Vapnik (1992), A training algorithm for optimal margin classifiers;
    Chang & Lin (2011), LIBSVM; Rifkin & Klautau (2004), In defense of one-vs-all classification.
    """

    name = "rbf_svm"
    tasks = LABELLED
    needs = Needs(categories=("onehot", "target"))

    def skip(self, facts: Facts) -> str | None:
        """Too many rows or classes."""
        if facts.rows > MOST_ROWS:
            return f"{facts.rows} rows: the kernel needs every pair, too slow above {MOST_ROWS}"
        if facts.classes > MOST_CLASSES:
            return f"{facts.classes} classes: a fit for each, too slow above {MOST_CLASSES}"
        return None

    def space(self, facts: Facts) -> Space:
        """gamma in units of 1 / (columns x variance)."""
        space = {
            "C": Range(1e-1, 1e2, 1.0, log=True),
            "gamma": Range(1e-2, 10.0, 1.0, log=True),
        }
        if facts.task is TaskName.REGRESS:
            space["epsilon"] = Range(1e-3, 0.5, 0.1, log=True)
        return space

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, _classify, "decision") if fit.classes else _regress(fit)


def _classify(fit: Fit) -> FittedModel:
    from sklearn.svm import SVC

    picks = Picks(ALGORITHM.space(facts_of(fit)), fit.parameters)
    positives = [1] if fit.classes == 2 else range(fit.classes)
    models = [SVC(**_settings(fit, picks), random_state=fit.seed) for _ in positives]
    dense = fit.matrix.dense.astype(np.float64)
    with fitting() as outcome:
        for model, code in zip(models, positives, strict=True):
            model.fit(dense, fit.label == code, sample_weight=fit.weight)
    return _model("decision", fit, models, outcome.converged)


def _regress(fit: Fit) -> FittedModel:
    from sklearn.svm import SVR

    picks = Picks(ALGORITHM.space(facts_of(fit)), fit.parameters)
    label = standard_label(fit)
    model = SVR(**_settings(fit, picks), epsilon=picks.number("epsilon"))
    with fitting() as outcome:
        model.fit(fit.matrix.dense.astype(np.float64), label.values, sample_weight=fit.weight)
    return _model("value", fit, [model], outcome.converged, label.scale, label.center)


def _settings(fit: Fit, picks: Picks) -> dict[str, Any]:
    variance = float(fit.matrix.dense.var(dtype=np.float64))
    per_column = fit.matrix.dense.shape[1] * (variance or 1.0)
    return {
        "C": picks.number("C"),
        "gamma": picks.number("gamma") / per_column,
        "cache_size": 500,
        "max_iter": 200 * len(fit.matrix),
    }


def _model(
    scores: Literal["decision", "value"],
    fit: Fit,
    models: list[Any],
    converged: bool,
    scale: float = 1.0,
    center: float = 0.0,
) -> KernelModel:
    """Support vectors that several classes share are stored once."""
    support = np.unique(np.concatenate([model.support_ for model in models]))
    weights = np.zeros((len(support), len(models)))
    for column, model in enumerate(models):
        weights[np.searchsorted(support, model.support_), column] = model.dual_coef_[0]
    intercept = np.array([model.intercept_[0] for model in models])
    parameters = plain(models[0].get_params()) | {
        "support_vectors": len(support),
        "converged": converged,
    }
    return KernelModel(
        scores,
        parameters,
        float(models[0].gamma),
        fit.matrix.dense[support].astype(np.float64),
        weights * scale,
        intercept * scale + center,
    )


ALGORITHM = RbfSvm()
