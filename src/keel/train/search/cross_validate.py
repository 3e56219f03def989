"""A recipe held against every fold: fit inside, score outside."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.metrics.bootstrap import estimate, point
from keel.metrics.evidence import Evidence
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure
from keel.train.algorithm import Fit, Scores
from keel.train.encode.target import fit_target
from keel.train.imbalance.fit_under import fit_under
from keel.train.models.picks import ROUNDS
from keel.train.search.candidate import Candidate, Recipe
from keel.train.search.pipeline import FittedPipeline, uncalibrated
from keel.train.search.trial_cache import Trial
from keel.train.search.workbench import Workbench

Rows = NDArray[np.int64]

RANKING = (Measure("roc_auc"), Measure("average_precision"))
"""Printed beside the objective for two classes: resampling tends to raise the one and lower the
other, which a reader must see."""


@dataclass(frozen=True, eq=False)
class FoldScores:
    """What one fold gave."""

    scores: NDArray[np.float32]
    kind: Scores
    figures: dict[str, float]
    pipeline: FittedPipeline


def cross_validate(
    bench: Workbench, recipe: Recipe, should_prune: Callable[[int, float], bool]
) -> Trial:
    """Fit and score `recipe` on every fold.

    `should_prune(fold, mean so far)` is asked after each fold but the last; a pruned trial holds
    the folds that were finished.
    """
    started = time.perf_counter()
    done: list[FoldScores] = []
    pruned = False
    for number in range(len(bench.split.folds)):
        done.append(_score_fold(bench, recipe, number))
        values = [fold.figures[str(bench.measure)] for fold in done]
        last = number == len(bench.split.folds) - 1
        if not last and should_prune(number, float(np.mean(values))):
            pruned = True
            break
    candidate = Candidate(
        recipe,
        float(np.mean(values)),
        _standard_error(bench, done, values),
        tuple(values),
        time.perf_counter() - started,
        pruned,
        _means([fold.figures for fold in done]),
        _rounds(done),
        done[-1].kind,
    )
    only = done[0].pipeline if len(bench.split.folds) == 1 else None
    return Trial(candidate, np.concatenate([fold.scores for fold in done]), only)


def fit_recipe(
    bench: Workbench, recipe: Recipe, rows: Rows, *, fold: int | None = None
) -> FittedPipeline:
    """Fit `recipe` on these rows of the examples.

    `fold`: whose fitting rows they are; its validation rows may then stop the fit early.
    """
    encoded = bench.encode(recipe, rows, fold)
    label = bench.examples.label[rows]
    target = fit_target(recipe.target, label) if bench.is_regression else None
    aimed = label if target is None else target.forward(label)
    algorithm = bench.algorithms[recipe.algorithm]
    held_out = None
    if fold is not None and algorithm.needs.early_stopping:
        truth = bench.examples.label[bench.split.folds[fold].validate]
        held_out = (
            bench.encode_validation(recipe, encoded, fold),
            truth if target is None else target.forward(truth),
        )
    fit = Fit(
        encoded.matrix,
        aimed,
        None,
        len(bench.examples.classes),
        recipe.parameters,
        bench.seed,
        bench.threads_for(len(rows)),
        held_out,
    )
    model = fit_under(bench.methods[recipe.imbalance], algorithm, fit)
    return FittedPipeline(encoded.encoding, model, target)


def fold_evidence(bench: Workbench, scores: NDArray[np.float32], kind: str, rows: Rows) -> Evidence:
    """Uncalibrated scores of these rows as evidence."""
    output = uncalibrated(scores, kind, len(bench.examples.classes))
    decision = output.argmax(axis=1) if bench.task.name is TaskName.CLASSIFY else None
    judged = bench.judged
    return Evidence(
        bench.task.name,
        output,
        (bench.examples.label if judged is None else judged.values)[rows],
        "out of fold",
        bench.examples.classes if judged is None else judged.classes,
        decision,
        observed=None if judged is None else judged.known[rows],
    )


def _score_fold(bench: Workbench, recipe: Recipe, number: int) -> FoldScores:
    fold = bench.split.folds[number]
    fitted = fit_recipe(bench, recipe, fold.fit, fold=number)
    encoded = bench.encode(recipe, fold.fit, number)
    scores = fitted.score_matrix(bench.encode_validation(recipe, encoded, number))
    kind = fitted.model.scores
    evidence = fold_evidence(bench, scores, kind, fold.validate)
    measures = [bench.measure]
    if len(bench.examples.classes) == 2:
        measures += [measure for measure in RANKING if measure != bench.measure]
    figures = {str(measure): point(measure, evidence) for measure in measures}
    return FoldScores(scores, kind, figures, fitted)


def _standard_error(bench: Workbench, done: list[FoldScores], values: list[float]) -> float:
    if len(values) > 1:
        return float(np.std(values, ddof=1) / np.sqrt(len(values)))
    evidence = fold_evidence(bench, done[0].scores, done[0].kind, bench.split.folds[0].validate)
    interval = estimate(bench.measure, evidence, seed=bench.seed, replicates=200)
    return (interval.high - interval.low) / (2 * 1.96)


def _rounds(done: list[FoldScores]) -> int | None:
    """How many rounds a refit on all rows should make: the mean of what the folds kept."""
    kept = [fold.pipeline.model.parameters.get(ROUNDS) for fold in done]
    counts = [float(rounds) for rounds in kept if isinstance(rounds, int | float)]
    return round(float(np.mean(counts))) if len(counts) == len(done) else None


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
