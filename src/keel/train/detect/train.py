"""From unlabelled examples to a detector ready to register: compare, choose, decide, export."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from keel.data.examples import Examples
from keel.data.split import Split
from keel.features.plan import FeaturePlan
from keel.spec.promise import Measure
from keel.spec.system import System
from keel.tasks.task import Label, LabelledTask
from keel.train import catalogue
from keel.train.detect.bench import detector_bench
from keel.train.detect.finish import finish_detector
from keel.train.detect.most_agreeing import most_agreeing
from keel.train.detect.search import search_agreement
from keel.train.detect.thresholds import check_rules
from keel.train.detect.traffic import read_traffic
from keel.train.detect.trained import TrainedDetector
from keel.train.progress import Tell
from keel.train.search.candidate import Candidate
from keel.train.search.search import Budget, search
from keel.train.search.table_bench import TableBench
from keel.train.search.trial_cache import TrialCache
from keel.train.search.winner import Choice, choose_winner
from keel.train.search.workbench import Workbench

AGREEMENT = Measure("agreement")


def train_detector(
    examples: Examples,
    label: Label,
    split: Split,
    system: System,
    task: LabelledTask,
    features: FeaturePlan,
    *,
    cache: Path,
    threads: int,
    tell: Tell,
    clock: Callable[[], float] = time.monotonic,
) -> TrainedDetector:
    """Compare detectors within the declared budget and make the version that this leads to.

    examples: their own label is not looked at. label: what is known of them, to choose and to
    decide by. cache: a folder of finished trials.
    """
    bench = detector_bench(examples, label, split, system, task, threads)
    if system.decide is not None:
        scored = np.concatenate([fold.validate for fold in bench.split.folds])
        check_rules(system.decide, label.take(scored), read_traffic(bench, split))
    _tell_skipped(bench, tell)
    budget = Budget(system.train.trials, system.train.minutes * 60, clock)
    trials, tried = TrialCache(cache), TableBench(bench)
    if bench.measure == AGREEMENT:
        sizes = [len(fold.validate) for fold in bench.split.folds]
        found = search_agreement(tried, sizes, budget, trials, tell)
    else:
        found = search(tried, budget, trials, tell)
    candidates = tuple(trial.candidate for trial in found.trials)
    choice = _choose(bench, candidates)
    tell(f"winner    {choice.why}")
    trial = next(trial for trial in found.trials if trial.candidate is choice.winner)
    finished = finish_detector(bench, trial, split, system, features)
    for note in finished.trained.pipeline.encoding.notes:
        tell(f"log       {note}")
    trained = replace(
        finished.trained,
        why=choice.why,
        candidates=candidates,
        skipped=found.skipped,
        stopped_by=found.stopped_by,
    )
    return replace(finished, trained=trained)


def _tell_skipped(bench: Workbench, tell: Tell) -> None:
    """One line for each reason."""
    reasons: dict[str, list[str]] = {}
    for skip in bench.skipped:
        reasons.setdefault(skip.reason, []).append(skip.name)
    for reason, names in reasons.items():
        tell(f"skipped   {', '.join(names)}: {reason}")


def _choose(bench: Workbench, candidates: tuple[Candidate, ...]) -> Choice:
    """The baseline flags nothing, so that it is told beside the others and never taken."""
    real = [c for c in candidates if c.algorithm != bench.task.baseline()]
    if bench.measure == AGREEMENT:
        return most_agreeing(real)
    order = tuple(sorted(bench.algorithms, key=catalogue.simplicity))
    return choose_winner(real, order, higher=bench.higher, measure=str(bench.measure))
