"""What detectors are compared on."""

from dataclasses import replace

import numpy as np

from keel.data.examples import Examples
from keel.data.split import Split
from keel.errors import DeclarationError
from keel.spec.system import System
from keel.tasks.task import Label, LabelledTask
from keel.train.detect.thin import thin
from keel.train.detect.unmarked import fitted_without_known_anomalies
from keel.train.search.prepare import prepare
from keel.train.search.workbench import Workbench

RANKING = ("average_precision", "roc_auc", "agreement")
"""What can be asked of scores before there is a threshold."""


def detector_bench(
    examples: Examples, label: Label, split: Split, system: System, task: LabelledTask, threads: int
) -> Workbench:
    """The workbench of a comparison, on rows enough for it and with labels out of sight, but that
    known anomalies are not fitted on.

    Raises DeclarationError for what only a learned label could use, LabelError where nothing usual
    is left to learn.
    """
    spec = system.train
    idle = {"imbalance": spec.imbalance, "calibration": spec.calibration}
    problems = [
        f"train.{name}: {value!r} treats a label that is learned, and a detector learns none: "
        "remove it"
        for name, value in idle.items()
        if value != "auto"
    ]
    if spec.metric != "auto" and spec.metric not in RANKING and " at " not in spec.metric:
        problems.append(
            f"train.metric: {spec.metric!r} cannot choose between scores before there is a "
            f"threshold: write {', '.join(RANKING)}, or one at a precision, recall or k"
        )
    if problems:
        raise DeclarationError(problems)
    blind = replace(examples, label=np.zeros(len(examples)), classes=())
    folds = thin(fitted_without_known_anomalies(split, label), spec.seed)
    bench = prepare(blind, folds, spec, task, threads)
    measure = bench.measure
    if spec.metric == "auto":
        measure = task.objective(label.take(split.train))
    return replace(bench, measure=measure, judged=label)
