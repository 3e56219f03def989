"""The winner's learning curve and what it says."""

import math

from keel.evaluate.card.content import LearningFacts
from keel.evaluate.learning_curve import judge_learning, learning_curve
from keel.metrics.catalog import find
from keel.train.search.curve import GrowingFits
from keel.train.train import Trained


def learn_curve(trained: Trained) -> LearningFacts | None:
    """Refit the winner on growing parts of its first fold; None where too few rows."""
    fits = GrowingFits(trained.bench, trained.recipe)
    baseline = [c for c in trained.candidates if c.algorithm == trained.bench.task.baseline()]
    if len(fits.sizes) < 2 or not baseline or trained.winner is baseline[0]:
        return None
    curve = learning_curve(fits.fit_and_score, fits.sizes)
    # The error of a mean over folds, back to that of the one fold that the curve is made on.
    error = trained.winner.standard_error * len(trained.winner.folds) ** 0.5
    errors = [error] * len(curve.sizes)
    verdict = judge_learning(
        curve,
        direction="higher" if trained.bench.higher else "lower",
        baseline=baseline[0].score,
        standard_errors=errors,
        perfect=_perfect(trained),
    )
    return LearningFacts(str(trained.measure), curve, verdict, baseline[0].score, errors)


def _perfect(trained: Trained) -> float | None:
    metric = find(trained.measure, trained.bench.task.name)
    best = metric.highest if trained.bench.higher else metric.lowest
    return best if math.isfinite(best) else None
