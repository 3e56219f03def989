"""How the winner's score grows with the rows it learns from."""

from dataclasses import dataclass

import numpy as np

from keel.metrics.bootstrap import point
from keel.train.search.candidate import Recipe
from keel.train.search.cross_validate import fit_recipe, fold_evidence
from keel.train.search.workbench import Workbench

MOST_ROWS = 10_000
"""The largest size fitted: beyond it a curve costs more than it tells."""

SHARES = (0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class GrowingFits:
    """Fits of one recipe on growing parts of the first fold's fitting rows."""

    bench: Workbench
    recipe: Recipe

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many rows to fit on, ascending."""
        most = min(len(self.bench.split.folds[0].fit), MOST_ROWS)
        return tuple(sorted({max(int(most * share), 2) for share in SHARES}))

    def fit_and_score(self, size: int) -> tuple[float, float]:
        """The score on the rows fitted on and on the rows validated on."""
        fold = self.bench.split.folds[0]
        order = np.random.default_rng(self.bench.seed).permutation(len(fold.fit))
        rows = np.sort(fold.fit[order[:size]])
        fitted = fit_recipe(self.bench, self.recipe, rows)
        scores = []
        for part in (rows, fold.validate[:MOST_ROWS]):
            output = fitted.scores(self.bench.source.only(fitted.encoding.columns).take(part))
            evidence = fold_evidence(self.bench, output, fitted.model.scores, part)
            scores.append(point(self.bench.measure, evidence))
        return scores[0], scores[1]
