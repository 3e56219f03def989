"""Linear regression: ordinary, ridge, lasso or elastic net."""

from typing import Any

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.linear import LinearMap, LinearModel, stacked
from keel.train.models.picks import Picks, facts_of, plain
from keel.train.models.standard_label import standard_label

L1_RATIO = {"elastic_net": 0.5, "l1": 1.0}
"""How much of the penalty is L1."""


class Linear:
    """Least squares. The label is standardised while fitting, so that one range of `alpha` fits
    every unit: the loss is `1/2n |y - Xw|^2 + alpha (r |w|_1 + (1 - r)/2 |w|^2)`.

    Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, sections
    3.2 and 3.4; Hoerl & Kennard (1970); Tibshirani (1996); Zou & Hastie (2005).
    """

    name = "linear"
    tasks = frozenset({TaskName.REGRESS})
    needs = Needs(text=True, categories=("onehot", "target"))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """Text has more columns than rows: ordinary least squares would learn it by heart."""
        penalties = ("l2", "l1", "elastic_net")
        return {
            "penalty": Choice(penalties if facts.has_text else (*penalties, "none")),
            "alpha": Range(1e-5, 1.0, 1e-4, log=True),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Learn."""
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        model = _model(picks.word("penalty"), picks.number("alpha"), len(fit.matrix), fit.seed)
        label = standard_label(fit)
        with fitting() as outcome:
            model.fit(stacked(fit.matrix), label.values, sample_weight=fit.weight)
        parameters = {
            **plain(model.get_params()),
            "penalty": picks.word("penalty"),
            "converged": outcome.converged,
        }
        linear = LinearMap.of(model.coef_, model.intercept_, fit.matrix)
        scaled = linear.scaled(label.scale, label.center)
        return LinearModel("value", parameters, scaled, "identity")


def _model(penalty: str, alpha: float, rows: int, seed: int) -> Any:
    from sklearn.linear_model import ElasticNet, LinearRegression, Ridge

    if penalty == "none":
        return LinearRegression()
    if penalty == "l2":
        return Ridge(alpha=alpha * rows, random_state=seed)
    return ElasticNet(alpha=alpha, l1_ratio=L1_RATIO[penalty], max_iter=1000, random_state=seed)


ALGORITHM = Linear()
