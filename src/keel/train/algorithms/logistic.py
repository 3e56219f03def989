"""Logistic regression with an L2, L1 or elastic net penalty."""

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.linear import LinearMap, LinearModel, Link, stacked
from keel.train.models.picks import Picks, facts_of, plain
from keel.train.models.seen_classes import on_seen_classes

L1_RATIO = {"l2": 0.0, "l1": 1.0, "elastic_net": 0.5}
"""How much of the penalty is L1."""


class Logistic:
    """Log-odds linear in the features; several classes share one multinomial loss.

    L-BFGS for L2; SAGA for the others, stopped at a relative change of 1 % because its last digits
    cost ten times the fit and move no metric. On sparse text a step of SAGA with L1 visits every
    column, a hundred times slower than L2, so that L1 goes to LIBLINEAR there (two classes only)
    and the elastic net is left out.

    Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, section
    4.4; Zou & Hastie (2005), Regularization and variable selection via the elastic net; Defazio,
    Bach & Lacoste-Julien (2014), SAGA; Fan, Chang, Hsieh, Wang & Lin (2008), LIBLINEAR.
    """

    name = "logistic"
    tasks = frozenset({TaskName.CLASSIFY})
    needs = Needs(text=True, categories=("onehot", "target"))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """Less penalty on text, whose columns are many and small."""
        penalties = tuple(L1_RATIO)
        if facts.has_text:
            penalties = ("l2", "l1") if facts.classes == 2 else ("l2",)
        return {
            "penalty": Choice(penalties),
            "C": Range(1e-3, 1e3, 30.0 if facts.has_text else 1.0, log=True),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, self._learn, "probability")

    def _learn(self, fit: Fit) -> FittedModel:
        from sklearn.linear_model import LogisticRegression

        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        ratio = L1_RATIO[picks.word("penalty")]
        solver = "lbfgs" if ratio == 0 else "saga"
        if ratio == 1 and fit.matrix.text is not None and fit.classes == 2:
            solver = "liblinear"
        model = LogisticRegression(
            C=picks.number("C"),
            l1_ratio=ratio,
            solver=solver,
            tol=1e-2 if solver == "saga" else 1e-4,
            max_iter=300,
            random_state=fit.seed,
        )
        with fitting() as outcome:
            model.fit(stacked(fit.matrix), fit.label, sample_weight=fit.weight)
        parameters = {
            **plain(model.get_params()),
            "iterations": int(model.n_iter_.max()),
            "converged": outcome.converged,
        }
        link: Link = "sigmoid" if fit.classes == 2 else "softmax"
        linear = LinearMap.of(model.coef_, model.intercept_, fit.matrix)
        return LinearModel("probability", parameters, linear, link)


ALGORITHM = Logistic()
