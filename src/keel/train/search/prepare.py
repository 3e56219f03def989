"""What can be tried on these examples, decided once before a search."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from keel.data.examples import Examples
from keel.data.split import Split
from keel.errors import DeclarationError
from keel.metrics.catalog import check
from keel.spec.kinds import Kind, TaskName
from keel.spec.nearest import did_you_mean
from keel.spec.promise import Measure, parse_measure
from keel.spec.system import TrainSpec
from keel.spec.tokens import GrammarError
from keel.tasks.task import Label, LabelledTask
from keel.train import catalogue
from keel.train.algorithm import Algorithm, Facts
from keel.train.encode.select import MOST_COLUMNS
from keel.train.encode.source import read_source
from keel.train.imbalance.method import Method, methods
from keel.train.models.picks import rarest_share
from keel.train.search.candidate import Skipped
from keel.train.search.workbench import Workbench

BALANCED = 0.4
"""Above this share of the rarer class there is no imbalance to treat."""

SMALLEST_SKEW = 1.0
"""Targets whose skewness is below this are searched as they are."""


def prepare(
    examples: Examples, split: Split, spec: TrainSpec, task: LabelledTask, threads: int
) -> Workbench:
    """The workbench of a search.

    Raises DeclarationError for an unknown or inapplicable algorithm, method or metric.
    """
    facts = _facts(examples, split, task)
    skipped: list[Skipped] = []
    if len(examples.columns) > MOST_COLUMNS:
        skipped.append(
            Skipped(
                f"all but {MOST_COLUMNS:,} of {len(examples.columns):,} columns",
                "each fit keeps those that alone say most about the label of its fitting rows; a "
                "request needs only those of the version",
            )
        )
    algorithms = _algorithms(spec, task, facts, skipped)
    return Workbench(
        examples,
        read_source(examples.frame, examples.columns),
        split,
        task,
        _measure(examples, split, spec, task),
        algorithms,
        _methods(examples, split, spec, facts, skipped),
        _targets(examples, split, task),
        facts,
        tuple(skipped),
        spec.seed,
        threads,
    )


def _facts(examples: Examples, split: Split, task: LabelledTask) -> Facts:
    texts = sum(column.kind is Kind.TEXT for column in examples.columns)
    return Facts(
        task.name,
        max(len(fold.fit) for fold in split.folds),
        min(len(examples.columns), MOST_COLUMNS),
        len(examples.classes),
        texts > 0,
        texts == len(examples.columns),
        any(column.kind in (Kind.CATEGORY, Kind.BOOLEAN) for column in examples.columns),
        any(column.kind is Kind.SEQUENCE for column in examples.columns),
        rarest_share(examples.label[split.train], len(examples.classes)),
    )


def _algorithms(
    spec: TrainSpec, task: LabelledTask, facts: Facts, skipped: list[Skipped]
) -> dict[str, Algorithm]:
    known = catalogue.algorithms(task.name)
    wanted = tuple(known) if spec.models == "auto" else spec.models
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise DeclarationError(
            [
                f"train.models: no algorithm {name!r} for {task.name}; {did_you_mean(name, known)}"
                for name in unknown
            ]
        )
    applicable: dict[str, Algorithm] = {}
    for name, algorithm in known.items():
        reason = algorithm.skip(facts) if name in wanted else "not asked for"
        if reason is None or name == task.baseline():
            applicable[name] = algorithm
        elif name in wanted:
            skipped.append(Skipped(name, reason))
    if set(applicable) <= {task.baseline()} and set(wanted) - {task.baseline()}:
        told = "; ".join(f"{skip.name}: {skip.reason}" for skip in skipped)
        raise DeclarationError([f"train.models: nothing asked for can be tried ({told})"])
    return applicable


def _methods(
    examples: Examples, split: Split, spec: TrainSpec, facts: Facts, skipped: list[Skipped]
) -> dict[str, Method]:
    known = methods()
    if facts.task is not TaskName.CLASSIFY:
        return {"none": known["none"]}
    counts = np.bincount(examples.label[split.train].astype(np.int64), minlength=facts.classes)
    if spec.imbalance == "auto":
        share = counts.min() / counts.sum()
        balanced = facts.classes == 2 and share > BALANCED
        wanted: Sequence[str] = ("none",) if balanced or facts.classes > 2 else tuple(known)
    else:
        wanted = (spec.imbalance,) if isinstance(spec.imbalance, str) else spec.imbalance
    problems = [
        f"train.imbalance: no method {name!r}; {did_you_mean(name, known)}"
        for name in wanted
        if name not in known
    ]
    if problems:
        raise DeclarationError(problems)
    applicable: dict[str, Method] = {}
    for name in sorted(wanted, key=lambda n: n != "none"):
        reason = known[name].skip(facts, counts)
        if reason is None:
            applicable[name] = known[name]
        else:
            skipped.append(Skipped(f"imbalance: {name}", reason))
    if not applicable:
        told = "; ".join(f"{s.name}: {s.reason}" for s in skipped)
        raise DeclarationError([f"train.imbalance: nothing asked for can be tried ({told})"])
    return applicable


def _targets(examples: Examples, split: Split, task: LabelledTask) -> tuple[str, ...]:
    """A transform is worth a trial where the label is skewed."""
    if task.name is not TaskName.REGRESS:
        return ("none",)
    label = examples.label[split.train].astype(np.float64)
    spread = label.std()
    skewness = np.mean(((label - label.mean()) / spread) ** 3) if spread > 0 else 0.0
    return ("none", "log", "yeo_johnson") if abs(skewness) > SMALLEST_SKEW else ("none",)


def _measure(examples: Examples, split: Split, spec: TrainSpec, task: LabelledTask) -> Measure:
    if spec.metric == "auto":
        known = np.ones(len(split.train), dtype=np.bool_)
        return task.objective(Label(examples.label[split.train], known, examples.classes))
    try:
        measure = parse_measure(spec.metric)
        check(measure, task.name, examples.classes, _no_columns(), text=spec.metric)
    except GrammarError as error:
        raise DeclarationError([f"train.metric: {error}"]) from error
    if measure.per_day:
        plain = replace(measure, per_day=False, of=None)
        told = f"a search looks at no days: write `{plain}`, and promise `{measure}`"
        raise DeclarationError([f"train.metric: {told}"])
    return measure


def _no_columns() -> Sequence[str]:
    """A search compares no groups."""
    return ()
