"""From examples to a model ready to register: search, choose, calibrate, decide, refit, export."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keel.data.examples import Examples
from keel.data.split import Split
from keel.features.plan import FeaturePlan
from keel.metrics.evidence import Evidence
from keel.spec.decision import Decision
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure
from keel.spec.system import System
from keel.tasks.task import LabelledTask
from keel.train import catalogue
from keel.train.calibration.calibrate import Calibration, choose_calibration
from keel.train.calibration.calibrator import Scored
from keel.train.export.export import export
from keel.train.export.exported import Exported
from keel.train.export.parity import Parity, check_parity
from keel.train.export.predictor import Predictor
from keel.train.export.signature import Cut
from keel.train.models.picks import ROUNDS
from keel.train.progress import Tell
from keel.train.search.candidate import Candidate, Recipe, Skipped
from keel.train.search.cross_validate import fit_recipe
from keel.train.search.pipeline import FittedPipeline
from keel.train.search.prepare import prepare
from keel.train.search.search import Budget, search
from keel.train.search.table_bench import TableBench
from keel.train.search.trial_cache import Trial, TrialCache
from keel.train.search.winner import choose_winner
from keel.train.search.workbench import Workbench
from keel.train.threshold import DEFAULT, Threshold, choose_thresholds

PARITY_ROWS = 2_000


@dataclass(frozen=True, eq=False)
class Trained:
    """A model with the evidence of how it was found.

    out_of_fold: calibrated answers to `validated`, the rows that the folds validated on.
    parity: the largest difference between the exported and the native model on rows held out.
    """

    exported: Exported
    parity: Parity
    pipeline: FittedPipeline
    bench: Workbench
    recipe: Recipe
    winner: Candidate
    why: str
    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    stopped_by: str
    calibration: Calibration | None
    thresholds: tuple[Threshold, ...]
    out_of_fold: Evidence
    validated: NDArray[np.int64]

    @property
    def measure(self) -> Measure:
        """What the search looked at."""
        return self.bench.measure

    @property
    def algorithm(self) -> str:
        """The winner's word."""
        return self.winner.algorithm

    @property
    def trials(self) -> int:
        """How many recipes were tried."""
        return len(self.candidates)

    @property
    def largest_difference(self) -> float:
        """Between the exported and the native model."""
        return self.parity.largest_difference

    @property
    def parameters(self) -> dict[str, object]:
        """Everything that was settled: the recipe as searched, and as the libraries resolved it."""
        calibration = self.calibration
        resolved: dict[str, object] = {
            "recipe": self.winner.recipe.to_json(),
            "model": dict(self.pipeline.model.parameters),
            "encoding": dict(self.pipeline.encoding.parameters),
        }
        if self.pipeline.target is not None:
            resolved["target"] = dict(self.pipeline.target.parameters)
        if calibration is not None:
            fitted = calibration.calibrator
            resolved["calibration"] = {"name": fitted.name, **fitted.parameters}
        return resolved


def train(
    examples: Examples,
    split: Split,
    system: System,
    task: LabelledTask,
    features: FeaturePlan,
    *,
    cache: Path,
    threads: int,
    tell: Tell,
    clock: Callable[[], float] = time.monotonic,
) -> Trained:
    """Search for a recipe within the declared budget and make the version it leads to.

    cache: a folder of finished trials, from which an interrupted run goes on.
    """
    spec = system.train
    bench = prepare(examples, split, spec, task, threads)
    for skip in bench.skipped:
        tell(f"skipped   {skip.name}: {skip.reason}")
    trials = TrialCache(cache)
    found = search(TableBench(bench), Budget(spec.trials, spec.minutes * 60, clock), trials, tell)
    candidates = tuple(trial.candidate for trial in found.trials)
    order = tuple(sorted(bench.algorithms, key=catalogue.simplicity))
    choice = choose_winner(candidates, order, higher=bench.higher, measure=str(bench.measure))
    tell(f"winner    {choice.why}")
    trial = next(trial for trial in found.trials if trial.candidate is choice.winner)
    finished = finish(bench, trial, system, features)
    for note in finished.pipeline.encoding.notes:
        tell(f"log       {note}")
    bench.drop_encodings()
    return replace(
        finished,
        why=choice.why,
        candidates=candidates,
        skipped=found.skipped,
        stopped_by=found.stopped_by,
    )


def finish(bench: Workbench, trial: Trial, system: System, features: FeaturePlan) -> Trained:
    """Calibrate and decide on the trial's out-of-fold scores, refit its recipe, export it."""
    rows = np.concatenate([fold.validate for fold in bench.split.folds])
    calibration = _calibration(bench, trial, rows, system)
    recipe = refit_recipe(trial.candidate)
    pipeline = trial.pipeline
    if system.train.refit or pipeline is None:
        fit_rows = bench.split.last_fit if system.train.refit else bench.split.folds[0].fit
        fold = None if system.train.refit else 0
        pipeline = fit_recipe(bench, recipe, fit_rows, fold=fold)
    output = _answers(trial, calibration)
    thresholds = _thresholds(bench, output, rows, system.decide or DEFAULT)
    exported = _export(bench, pipeline, calibration, thresholds, system, features)
    parity = _parity(bench, pipeline, calibration, exported)
    out_of_fold = Evidence(
        bench.task.name,
        output,
        bench.examples.label[rows],
        f"out of fold: {bench.split.protocol}",
        bench.examples.classes,
        _decide(output, thresholds),
        time=None if bench.examples.time is None else bench.examples.time[rows],
    )
    return Trained(
        exported,
        parity,
        pipeline,
        bench,
        recipe,
        trial.candidate,
        "",
        (trial.candidate,),
        (),
        "",
        calibration,
        thresholds,
        out_of_fold,
        rows,
    )


def refit_recipe(candidate: Candidate) -> Recipe:
    """The recipe with as many rounds as early stopping kept in the folds."""
    if candidate.rounds is None:
        return candidate.recipe
    parameters = {**candidate.recipe.parameters, ROUNDS: candidate.rounds}
    return replace(candidate.recipe, parameters=parameters)


def _calibration(
    bench: Workbench, trial: Trial, rows: NDArray[np.int64], system: System
) -> Calibration | None:
    kind = trial.candidate.kind
    if kind == "value" or kind == "anomaly":
        return None
    label = bench.examples.label[rows].astype(np.int64)
    return choose_calibration(
        Scored(trial.scores, label, kind),
        len(bench.examples.classes),
        bench.seed,
        name=system.train.calibration,
    )


def _answers(trial: Trial, calibration: Calibration | None) -> NDArray[np.float64]:
    if calibration is None:
        return trial.scores[:, 0].astype(np.float64)
    return calibration.calibrator.apply(trial.scores).astype(np.float64)


def _export(
    bench: Workbench,
    pipeline: FittedPipeline,
    calibration: Calibration | None,
    thresholds: tuple[Threshold, ...],
    system: System,
    features: FeaturePlan,
) -> Exported:
    features = features.only({column.name for column in pipeline.encoding.columns})
    actions = () if system.decide is None else system.decide.actions
    return export(
        system.system,
        bench.task.name,
        pipeline.encoding,
        pipeline.model,
        calibrator=None if calibration is None else calibration.calibrator,
        target=pipeline.target,
        classes=bench.examples.classes,
        cuts=[Cut(t.value, t.action, t.rule, t.words) for t in thresholds],
        otherwise=actions[0] if actions else "",
        plan=features,
        missing=system.table.missing,
    )


def _parity(
    bench: Workbench,
    pipeline: FittedPipeline,
    calibration: Calibration | None,
    exported: Exported,
) -> Parity:
    """On rows that the model was not fitted on: their features only, no label is looked at."""
    rows = bench.split.test[:PARITY_ROWS]
    native = pipeline.scores(bench.source.only(pipeline.encoding.columns).take(rows))
    if calibration is not None:
        native = calibration.calibrator.apply(native)
    output = Predictor(exported).predict(bench.examples.frame[rows]).output
    return check_parity(native, output.reshape(native.shape).astype(np.float32), bench.task.name)


def _thresholds(
    bench: Workbench, output: NDArray[np.float64], rows: NDArray[np.int64], decision: Decision
) -> tuple[Threshold, ...]:
    if bench.task.name is not TaskName.CLASSIFY or len(bench.examples.classes) != 2:
        return ()
    label = bench.examples.label[rows].astype(np.int64)
    return choose_thresholds(decision, output[:, 1], label, _days(bench, rows))


def _days(bench: Workbench, rows: NDArray[np.int64]) -> float | None:
    """How many days the validated rows took."""
    if bench.examples.time is None:
        return None
    times = bench.examples.time[rows]
    known = times[~np.isnat(times)]
    return float(len(np.unique(known.astype("datetime64[D]")))) or None


def _decide(
    output: NDArray[np.float64], thresholds: tuple[Threshold, ...]
) -> NDArray[np.int64] | None:
    if output.ndim == 1:
        return None
    if not thresholds:
        return np.asarray(output.argmax(axis=1), dtype=np.int64)
    return (output[:, 1] >= thresholds[0].value).astype(np.int64)
