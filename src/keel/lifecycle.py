"""The whole walk, from a declaration to a registered version, readable top to bottom."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from keel.backends.scratch import scratch_folder
from keel.clock import Clock, system_clock
from keel.data.check_system import check_system
from keel.errors import Conflict
from keel.evaluate.card.write import write_card
from keel.features.build import tables_of
from keel.features.online.scope import in_online
from keel.promises.judge import check_promises, judge, passes
from keel.registry.actor import read_actor
from keel.registry.artifact import read_artifact
from keel.registry.find import champion as find_champion
from keel.registry.lineage import count_cpus
from keel.registry.register import register, status_of
from keel.registry.sweep import sweep
from keel.registry.version import Status, Version
from keel.releases.begin import begin_release
from keel.releases.show import told
from keel.spec.release import AT_ONCE
from keel.spec.system import System
from keel.store import Store
from keel.train.export.answerer import Answerer
from keel.train.export.open_predictor import predictor_of
from keel.train.progress import Tell
from keel.walk.courses import find_course, task_of
from keel.walk.features.fill import fill_online
from keel.walk.features.sweep_states import sweep_states
from keel.walk.make_record import make_record
from keel.walk.make_report import make_report
from keel.walk.report import RunReport
from keel.walk.search_key import search_key
from keel.walk.walked import Walked


@dataclass(frozen=True, eq=False)
class Run:
    """A finished walk: its report, the version, its folder, and what answers for it."""

    report: RunReport
    version: Version
    folder: Path
    predictor: Answerer


@threadpool_limits.wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
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
    if system.task is not None:
        check_promises(system.promises, system.task)
    sweep(store.engine, store.blobs, settings.scratch, clock)

    with stages.stage("data"):
        checked = check_system(
            system, base, settings, frame=frame, test_frame=test_frame, clock=clock
        )
        for line in checked.told:
            tell(f"data      {line}")

    task = task_of(system, checked)
    course = find_course(task)

    with stages.stage("features"):
        prepared = course.prepare(checked, system, tell)
        check_promises(system.promises, task, prepared.classes, prepared.groups)

    with stages.stage("leakage"):
        findings = course.find_leaks(prepared, system)
        for found in findings:
            about = ", ".join(found.columns) or found.kind
            tell(f"leakage   {found.severity}: {about}: {found.evidence}")

    with stages.stage("train"):
        key = search_key(checked.fingerprint, system, prepared.protocol)
        cache = settings.home / "search" / key
        learned = course.train(prepared, system, cache=cache, threads=threads, tell=tell)

    with stages.stage("evaluate"):
        judged = course.evaluate(prepared, learned, system, store=store, threads=threads, tell=tell)

    with stages.stage("promises"):
        champion = judged.champion
        verdicts = judge(system.promises, judged.evidence, findings, champion=champion, seed=seed)
        passed = passes(verdicts, system.strict)

    signature = learned.exported.signature
    predictor = judged.predictor
    with stages.stage("online"):
        if signature.tables:
            tables = tables_of(checked, system)
            sweep_states(system.system, store, clock)
            fill_online(signature, system.system, tables, store, clock, tell)
            find_for = in_online(store.online, system.system)
            predictor = predictor_of(learned.exported, threads=threads, find_for=find_for)

    walked = Walked(
        system, task, checked, prepared, findings, learned, judged, verdicts, created=clock()
    )
    with stages.stage("register"), scratch_folder(settings.scratch) as scratch:
        folder = scratch / "version"
        course.fill(folder, walked)
        record = make_record(
            walked, base=base, tables=settings.tables, threads=threads, seconds=stages.seconds
        )
        at_once = system.release == AT_ONCE or find_champion(store.engine, system.system) is None
        status = status_of(passed, at_once)
        version = register(
            store.engine,
            store.blobs,
            folder,
            record,
            passed,
            clock,
            actor=read_actor(),
            at_once=system.release == AT_ONCE,
            finish=lambda number: write_card(course.card(walked, record, number, status), folder),
        )
        shutil.rmtree(cache, ignore_errors=True)
    if version.status is Status.CHALLENGER:
        _release(version, system, store, clock, tell)

    kept = read_artifact(store.blobs, version.digest)
    report = make_report(walked, record, version, kept, stages.seconds)
    return Run(report, version, kept, predictor)


def _release(version: Version, system: System, store: Store, clock: Clock, tell: Tell) -> None:
    try:
        begun = begin_release(
            store.engine, version.system, version.number, system.release, clock, actor=read_actor()
        )
        tell(f"release   {told(begun)}")
    except Conflict as error:
        tell(f"release   {version} waits: {error}")


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
