"""The whole walk, from a declaration to a registered version, readable top to bottom."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keel.backends.scratch import scratch_folder
from keel.clock import Clock, system_clock
from keel.data.check import check
from keel.data.divide import divide
from keel.data.infer import infer_task
from keel.evaluate.card.write import write_card
from keel.evaluate.examine import examine
from keel.evaluate.leakage.check import find_leaks
from keel.evaluate.score import groups_asked, score
from keel.features.build import build, groupable, read_groups
from keel.promises.judge import check_promises, judge, passes
from keel.registry.actor import read_actor
from keel.registry.artifact import read_artifact
from keel.registry.lineage import count_cpus
from keel.registry.looks import count_look
from keel.registry.register import register
from keel.registry.sweep import sweep
from keel.registry.version import Status, Version
from keel.spec.system import System
from keel.store import Store
from keel.tasks.registry import find_task
from keel.train.export.open_predictor import predictor_of
from keel.train.export.predictor import Predictor
from keel.train.progress import Tell
from keel.train.threshold import check_decision
from keel.train.train import train
from keel.walk.card_content import card_content
from keel.walk.learning import learn_curve
from keel.walk.make_report import make_report
from keel.walk.report import RunReport
from keel.walk.rivals import case_ids, champion_evidence, test_fingerprint
from keel.walk.version_folder import fill_version_folder, make_record, search_key
from keel.walk.walked import Walked


@dataclass(frozen=True, eq=False)
class Run:
    """A finished walk: its report, the version, its folder, and what answers for it."""

    report: RunReport
    version: Version
    folder: Path
    predictor: Predictor


def run(
    system: System,
    *,
    base: Path,
    store: Store,
    tell: Tell,
    clock: Clock = system_clock,
    frame: object | None = None,
    test_frame: object | None = None,
) -> Run:
    """Walk `system` from its data to a registered version.

    base: what relative paths of the declaration start from. frame, test_frame: tables in memory,
    in place of the declared ones. A version whose promises do not pass is registered as held.
    """
    stages = Stages()
    settings = store.settings
    seed = system.train.seed
    threads = system.train.threads or count_cpus()
    sweep(store.engine, store.blobs, settings.scratch, clock)

    with stages.stage("data"):
        checked = check(system, base, settings, frame=frame, test_frame=test_frame, clock=clock)
        tell(f"data      {checked.table.rows:,} rows, {checked.quarantine.rows:,} quarantined")
        for note in checked.notes:
            tell(f"data      {note}")

    with stages.stage("features"):
        task = find_task(system.task or infer_task(checked.table.column(system.label.column).kind))
        built = build(checked, system, task)
        examples = built.examples
        groups = groupable(built, checked.table)
        check_decision(system.decide, examples.classes)
        check_promises(system.promises, task.name, examples.classes, groups)
        split = divide(examples, system, task.strata(examples.label), test_from=built.test_from)
        tell(f"split     {split.protocol}")

    with stages.stage("leakage"):
        findings = find_leaks(examples, split, system, seed=seed)
        for found in findings:
            tell(f"leakage   {found.severity}: {', '.join(found.columns)}: {found.evidence}")

    with stages.stage("train"):
        cache = settings.home / "search" / search_key(checked, system, split)
        trained = train(
            examples, split, system, task, built.features, cache=cache, threads=threads, tell=tell
        )

    with stages.stage("evaluate"):
        test = examples.take(split.test)
        predictor = predictor_of(trained.exported, threads=threads)
        evidence = score(
            predictor,
            test,
            task.name,
            split,
            groups=read_groups(built, checked.table, split.test, groups_asked(system.promises)),
            ids=case_ids(test),
            decide=system.decide,
        )
        rows = built.rows[split.test]
        champion = champion_evidence(store, system, checked.table, rows, test, tell)
        looks = count_look(store.engine, system.system, test_fingerprint(test))
        measures = task.report(examples.classes)
        examined = examine(predictor, test, evidence, measures, trained.measure, seed=seed)
        learning = learn_curve(trained)

    with stages.stage("promises"):
        verdicts = judge(system.promises, evidence, findings, champion=champion, seed=seed)
        passed = passes(verdicts, system.strict)

    walked = Walked(
        system=system,
        source=system.table.table,
        checked=checked,
        built=built,
        split=split,
        findings=findings,
        trained=trained,
        examined=examined,
        learning=learning,
        verdicts=verdicts,
        looks=looks,
        created=clock(),
    )
    with stages.stage("register"), scratch_folder(settings.scratch) as scratch:
        folder = scratch / "version"
        fill_version_folder(folder, trained, examples, split, seed)
        record = make_record(
            walked, base=base, tables=settings.tables, threads=threads, seconds=stages.seconds
        )
        status = Status.CHAMPION if passed else Status.HELD
        version = register(
            store.engine,
            store.blobs,
            folder,
            record,
            passed,
            clock,
            actor=read_actor(),
            finish=lambda number: write_card(card_content(walked, record, number, status), folder),
        )
        shutil.rmtree(cache, ignore_errors=True)

    kept = read_artifact(store.blobs, version.digest)
    report = make_report(walked, record, version, kept, stages.seconds)
    return Run(report, version, kept, predictor)


@dataclass
class Stages:
    """The seconds of each stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """One stage of the walk."""
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began
