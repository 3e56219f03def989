"""One-class support vector machine: how far outside the smallest region that holds most rows."""

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Range, Space
from keel.train.models.drawn_rows import drawn_rows
from keel.train.models.fitting import fitting
from keel.train.models.kernel_model import KernelModel
from keel.train.models.picks import Picks, facts_of, plain

MOST_ROWS = 10_000


class OneClassSvm:
    """A radial kernel's region with at most the share `nu` of the rows outside; the score is how
    far the row's mean kernel falls below that of the border. A mean, where the library gives the
    sum, does not grow with the rows, so that a threshold outlives a refit.

    Fitted on at most 10,000 rows, drawn with the seed; `fitted_rows` says how many.

    Source: Schölkopf et al. (2001), Estimating the support of a high-dimensional distribution.
    """

    name = "one_class_svm"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never: it draws as many rows as it can take."""
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """gamma in units of 1 / (columns x variance)."""
        return {
            "nu": Range(0.01, 0.9, 0.5),
            "gamma": Range(1e-2, 10.0, 1.0, log=True),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Fit."""
        from sklearn.svm import OneClassSVM

        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        rows = drawn_rows(len(fit.matrix), MOST_ROWS, fit.seed)
        dense = fit.matrix.dense[rows].astype(np.float64)
        per_column = dense.shape[1] * (float(dense.var()) or 1.0)
        model = OneClassSVM(
            nu=picks.number("nu"),
            gamma=picks.number("gamma") / per_column,
            cache_size=500,
            max_iter=200 * max(len(rows), 100),
        )
        with fitting() as outcome:
            model.fit(dense)
        total = float(model.dual_coef_.sum()) or 1.0
        parameters = plain(model.get_params()) | {
            "support_vectors": len(model.support_),
            "converged": outcome.converged,
            "fitted_rows": len(rows),
        }
        return KernelModel(
            "anomaly",
            parameters,
            float(model.gamma),
            dense[model.support_],
            -model.dual_coef_.T / total,
            -model.intercept_ / total,
        )


ALGORITHM = OneClassSvm()
