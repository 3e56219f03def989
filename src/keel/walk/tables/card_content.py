"""Fills a model card from what a walk found."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from keel.evaluate.card.content import (
    Candidate,
    CardContent,
    ColumnFact,
    Confusion,
    DataFacts,
    Figure,
    ImbalanceFact,
    LeftOut,
    Threshold,
    TrainingFacts,
)
from keel.features.build import Built
from keel.metrics.catalog import better
from keel.registry.record import Record
from keel.registry.version import Status
from keel.spec.promise import parse_measure
from keel.spec.system import System
from keel.spec.write import write_system
from keel.train.search.candidate import Candidate as Tried
from keel.train.search.candidate import Recipe
from keel.train.train import Trained
from keel.walk.card_facts import lineage_facts, promise_facts, tried_facts
from keel.walk.tables.judged import TableWalked

DERIVED = (
    "precision",
    "recall",
    "specificity",
    "f1",
    "balanced_accuracy",
    "accuracy",
    "mcc",
)
"""Figures that follow from the confusion matrix."""

HEADLINES = ("roc_auc", "average_precision", "f1", "brier", "log_loss", "rmse", "mae", "r2")
"""What a reader looks for first, after what the search looked at."""


def card_content(walked: TableWalked, record: Record, number: int, status: Status) -> CardContent:
    """Everything the card of this version says."""
    system, trained, examined = walked.system, walked.learned, walked.judged.examined
    return CardContent(
        system=system.system,
        version=number,
        status=status.value,
        created=walked.created,
        task=record.task,
        data=_data(walked),
        protocol=walked.prepared.split.protocol,
        figures=_figures(walked),
        lineage=lineage_facts(record),
        declaration=write_system(system),
        description=system.description,
        algorithm=trained.winner.algorithm,
        statements=system.card,
        promises=promise_facts(walked.system.promises, walked.verdicts),
        strict=system.strict,
        test_looks=walked.judged.looks,
        headline=_headline(walked),
        confusion=_confusion(walked),
        classify=examined.classify,
        regress=examined.regress,
        slices=examined.slices,
        learning=walked.judged.learning,
        importance=examined.importance,
        training=_training(trained),
        leakage=walked.findings,
    )


def _data(walked: TableWalked) -> DataFacts:
    checked, system = walked.checked, walked.system
    built, split = walked.prepared.built, walked.prepared.split
    examples = built.examples
    used = set(built.features.texts.values())
    used |= {column.name for column in built.features.source}
    roles = _roles(system)
    columns = [
        ColumnFact(
            profile.name,
            profile.kind.value,
            roles.get(profile.name, "feature" if profile.name in used else "left out"),
            profile.missing,
            profile.distinct,
            profile.outliers if profile.quantiles else None,
        )
        for profile in checked.profiles
    ]
    left_out = [LeftOut(s.column, s.reason, s.detail) for s in checked.screened]
    left_out += [LeftOut(name, "ignored", "train.ignore") for name in system.train.ignore]
    train, test = len(split.train), len(split.test)
    return DataFacts(
        source=walked.system.table.table,
        fingerprint=checked.table.fingerprint,
        train=train,
        validation=sum(len(fold.validate) for fold in split.folds),
        test=test,
        fitted=len(split.last_fit) if system.train.refit else len(split.folds[0].fit),
        apart=len(examples) - train - test - split.dropped,
        quarantined=checked.quarantine.rows,
        dropped_duplicates=split.dropped,
        unlabelled=built.unlabelled,
        period=_period(examples.time),
        classes=_classes(built),
        columns=columns,
        left_out=left_out,
        quarantine=checked.quarantine.reasons,
        quarantine_file=None if checked.quarantine.path is None else str(checked.quarantine.path),
        notes=checked.notes,
    )


def _roles(system: System) -> dict[str, str]:
    named = {
        system.target: "label",
        system.table.key: "key",
        system.table.time: "time",
        system.split.group: "group",
    }
    return {name: role for name, role in named.items() if name is not None}


def _period(times: np.ndarray | None) -> tuple[str, str] | None:
    known = np.array([]) if times is None else times[~np.isnat(times)]
    if not len(known):
        return None
    return str(known.min())[:19], str(known.max())[:19]


def _classes(built: Built) -> dict[str, float]:
    classes = built.examples.classes
    if not classes:
        return {}
    label = built.examples.label.astype(np.int64)
    if built.judged is not None:
        label = label[built.judged.known]
    counts = np.bincount(label, minlength=len(classes))
    if not counts.any():
        return {}
    shares = counts / counts.sum()
    return {name: float(share) for name, share in zip(classes, shares, strict=True)}


def _figures(walked: TableWalked) -> list[Figure]:
    baseline = _baseline(walked.learned.candidates, walked)
    return [
        Figure(name, estimate, better(parse_measure(name), walked.task), baseline.get(name))
        for name, estimate in walked.judged.examined.figures.items()
        if estimate.value == estimate.value
    ]


def _baseline(candidates: Sequence[Tried], walked: TableWalked) -> dict[str, float]:
    """Cross-validated figures of the algorithm that looks at no feature."""
    name = walked.learned.bench.task.baseline()
    found = [c for c in candidates if c.algorithm == name]
    return dict(found[0].figures) if found else {}


def _headline(walked: TableWalked) -> tuple[str, ...]:
    objective = str(walked.learned.measure)
    others = [n for n in HEADLINES if n in walked.judged.examined.figures and n != objective]
    return (objective, *others[:2])


def _confusion(walked: TableWalked) -> Confusion | None:
    confusion = walked.judged.examined.confusion
    if confusion is None:
        return None
    thresholds = [Threshold(t.action, t.value, t.rule, t.words) for t in walked.learned.thresholds]
    figures = {figure.name: figure for figure in _figures(walked)}
    derived = [figures[name] for name in DERIVED if name in figures]
    return replace(confusion, thresholds=thresholds, derived=derived)


def _training(trained: Trained) -> TrainingFacts:
    higher = trained.bench.higher
    tried = tried_facts(trained.candidates, trained.winner, higher=higher, settled=_settled)
    skipped = [
        Candidate(skip.name, skipped=skip.reason)
        for skip in trained.skipped
        if not skip.name.startswith("imbalance")
    ]
    imbalance = _imbalance(trained)
    return TrainingFacts(
        str(trained.measure),
        "higher" if higher else "lower",
        trained.why,
        [*tried, *skipped],
        imbalance,
        _imbalance_words(imbalance),
        len(trained.candidates),
        sum(c.seconds for c in trained.candidates),
        len(trained.bench.split.folds),
    )


def _settled(recipe: Recipe) -> dict[str, object]:
    """What the search settled, without the treatments that it left out."""
    treated = {**recipe.encoding, "imbalance": recipe.imbalance, "target": recipe.target}
    return {**recipe.parameters, **{k: v for k, v in treated.items() if v not in ("none", None)}}


def _imbalance(trained: Trained) -> list[ImbalanceFact]:
    """Every method with one recipe that was also tried without any."""
    groups: dict[str, dict[str, Tried]] = {}
    for candidate in trained.candidates:
        plain = replace(candidate.recipe, imbalance="none").digest
        groups.setdefault(plain, {})[candidate.recipe.imbalance] = candidate
    comparable = [group for group in groups.values() if "none" in group and len(group) > 1]
    if not comparable:
        return []
    group = max(comparable, key=len)
    without = group["none"].figures
    facts = []
    for method, candidate in group.items():
        roc, precision = (candidate.figures.get(m) for m in ("roc_auc", "average_precision"))
        is_plain = method == "none"
        facts.append(
            ImbalanceFact(
                method,
                roc,
                precision,
                None if is_plain or roc is None else roc - without["roc_auc"],
                None if is_plain or precision is None else precision - without["average_precision"],
                chosen=method == trained.winner.recipe.imbalance,
            )
        )
    facts += [
        ImbalanceFact(skip.name.removeprefix("imbalance: "), skipped=skip.reason)
        for skip in trained.skipped
        if skip.name.startswith("imbalance")
    ]
    return facts


def _imbalance_words(facts: Sequence[ImbalanceFact]) -> str:
    changed = [fact for fact in facts if fact.average_precision_delta is not None]
    if not changed:
        return ""
    worse = sum((fact.average_precision_delta or 0) < 0 for fact in changed)
    raised = sum((fact.roc_auc_delta or 0) > 0 for fact in changed)
    return (
        f"With all else equal, {raised} of {len(changed)} methods raised ROC AUC and {worse} "
        "lowered average precision, which is what resampling tends to do."
    )
