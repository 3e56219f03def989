"""Linear support vector machine."""

from typing import Any

from keel.spec.kinds import LABELLED, TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.linear import LinearMap, LinearModel, stacked
from keel.train.models.picks import Picks, facts_of, plain
from keel.train.models.seen_classes import on_seen_classes
from keel.train.models.standard_label import standard_label


class LinearSvm:
    """The widest margin; several classes one against the rest. Gives decision values.

    Source: Cortes & Vapnik (1995), Support-vector networks; Fan, Chang, Hsieh, Wang & Lin (2008),
    LIBLINEAR.
    """

    name = "linear_svm"
    tasks = LABELLED
    needs = Needs(text=True, categories=("onehot", "target"))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """The squared losses first: they are smooth and solved in the primal."""
        if facts.task is TaskName.REGRESS:
            losses = ("squared_epsilon_insensitive", "epsilon_insensitive")
            return {
                "loss": Choice(losses),
                "C": Range(1e-3, 1e2, 1.0, log=True),
                "epsilon": Range(1e-3, 0.5, 0.1, log=True),
            }
        return {
            "penalty": Choice(("l2", "l1")),
            "C": Range(1e-4, 1e2, 1.0 if facts.has_text else 0.1, log=True),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        if fit.classes:
            return on_seen_classes(fit, self._classify, "decision")
        return self._regress(fit)

    def _classify(self, fit: Fit) -> FittedModel:
        from sklearn.svm import LinearSVC

        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        penalty = picks.word("penalty")
        model = LinearSVC(
            penalty=penalty,
            C=picks.number("C"),
            dual=False if penalty == "l1" else "auto",
            random_state=fit.seed,
        )
        parameters, linear = _solve(model, fit, fit.label)
        return LinearModel("decision", parameters, linear, "identity")

    def _regress(self, fit: Fit) -> FittedModel:
        from sklearn.svm import LinearSVR

        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        label = standard_label(fit)
        model = LinearSVR(
            loss=picks.word("loss"),
            C=picks.number("C"),
            epsilon=picks.number("epsilon"),
            dual="auto",
            random_state=fit.seed,
        )
        parameters, linear = _solve(model, fit, label.values)
        scaled = linear.scaled(label.scale, label.center)
        return LinearModel("value", parameters, scaled, "identity")


def _solve(model: Any, fit: Fit, label: Any) -> tuple[dict[str, Any], LinearMap]:
    with fitting() as outcome:
        model.fit(stacked(fit.matrix), label, sample_weight=fit.weight)
    parameters = {
        **plain(model.get_params()),
        "iterations": int(model.n_iter_),
        "converged": outcome.converged,
    }
    return parameters, LinearMap.of(model.coef_, model.intercept_, fit.matrix)


ALGORITHM = LinearSvm()
