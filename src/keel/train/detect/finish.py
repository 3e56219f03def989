"""From the detector that was chosen to one that can be registered."""

import numpy as np
from numpy.typing import NDArray

from keel.data.split import Split
from keel.features.plan import FeaturePlan
from keel.metrics.evidence import Evidence
from keel.spec.system import System
from keel.tasks.task import Label
from keel.train.detect.thresholds import choose_alert_thresholds, default_decision
from keel.train.detect.traffic import read_traffic
from keel.train.detect.trained import TrainedDetector
from keel.train.detect.unmarked import unmarked
from keel.train.export.export import export
from keel.train.export.exported import Exported
from keel.train.export.parity import Parity, check_parity
from keel.train.export.predictor import Predictor
from keel.train.export.signature import Cut
from keel.train.models.drawn_rows import drawn_rows
from keel.train.search.cross_validate import fit_recipe
from keel.train.search.pipeline import FittedPipeline
from keel.train.search.recipes import default_recipe
from keel.train.search.trial_cache import Trial
from keel.train.search.workbench import Workbench
from keel.train.threshold import Threshold
from keel.train.train import PARITY_ROWS, Trained

RIVAL_ROWS = 10_000
"""What each other detector is fitted on, to be compared with the winner."""


def finish_detector(
    bench: Workbench, trial: Trial, split: Split, system: System, features: FeaturePlan
) -> TrainedDetector:
    """Decide on the trial's out-of-fold scores, refit its recipe on all training rows that are not
    known to be odd, export it, and fit what it is compared with."""
    recipe = trial.candidate.recipe
    refits = tuple(
        fit_recipe(bench, recipe, fold.fit, fold=i) for i, fold in enumerate(bench.split.folds)
    )
    usual = unmarked(split.last_fit, _label(bench))
    pipeline = fit_recipe(bench, recipe, usual) if system.train.refit else refits[0]
    out_of_fold, thresholds = _decide(bench, trial, split, system)
    exported = _export(bench, pipeline, thresholds, system, features)
    trained = Trained(
        exported,
        _parity(bench, pipeline, exported, split),
        pipeline,
        bench,
        recipe,
        trial.candidate,
        "",
        (trial.candidate,),
        (),
        "",
        None,
        thresholds,
        out_of_fold,
        _validated(bench),
    )
    return TrainedDetector(trained, _rivals(bench, usual, recipe.algorithm), refits)


def _decide(
    bench: Workbench, trial: Trial, split: Split, system: System
) -> tuple[Evidence, tuple[Threshold, ...]]:
    """The out-of-fold scores as evidence, and the thresholds that they lead to."""
    rows = _validated(bench)
    label = _label(bench).take(rows)
    scores = trial.scores[:, 0].astype(np.float64)
    decision = system.decide or default_decision(label)
    traffic = read_traffic(bench, split)
    thresholds = choose_alert_thresholds(decision, scores, label, traffic)
    times = bench.examples.time
    evidence = Evidence(
        bench.task.name,
        scores,
        label.values,
        f"out of fold: {split.protocol}",
        label.classes,
        (scores >= thresholds[0].value).astype(np.int64),
        time=None if times is None else times[rows],
        observed=label.known,
    )
    return evidence, thresholds


def _parity(bench: Workbench, pipeline: FittedPipeline, exported: Exported, split: Split) -> Parity:
    """On rows that the model was not fitted on."""
    rows = split.test[:PARITY_ROWS]
    native = pipeline.scores(bench.source.take(rows))
    answers = Predictor(exported).predict(bench.examples.frame[rows]).output
    return check_parity(native, answers[:, None].astype(np.float32), bench.task.name)


def _validated(bench: Workbench) -> NDArray[np.int64]:
    return np.concatenate([fold.validate for fold in bench.split.folds])


def _rivals(bench: Workbench, usual: NDArray[np.int64], winner: str) -> tuple[FittedPipeline, ...]:
    rows = usual[drawn_rows(len(usual), RIVAL_ROWS, bench.seed)]
    others = [n for n in bench.algorithms if n not in (winner, bench.task.baseline())]
    # The same rows for all: numbered like one more fold, they are encoded once.
    again = len(bench.split.folds)
    return tuple(
        fit_recipe(bench, default_recipe(bench, name), rows, fold=again) for name in others
    )


def _label(bench: Workbench) -> Label:
    if bench.judged is None:
        raise ValueError("a workbench of detectors knows what they are judged by")
    return bench.judged


def _export(
    bench: Workbench,
    pipeline: FittedPipeline,
    thresholds: tuple[Threshold, ...],
    system: System,
    features: FeaturePlan,
) -> Exported:
    actions = () if system.decide is None else system.decide.actions
    return export(
        system.system,
        bench.task.name,
        pipeline.encoding,
        pipeline.model,
        classes=_label(bench).classes,
        cuts=[Cut(t.value, t.action, t.rule, t.words) for t in thresholds],
        otherwise=actions[0] if actions else "",
        plan=features,
        missing=system.table.missing,
    )
