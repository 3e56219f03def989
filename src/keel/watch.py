"""Follows a log with a registered version and hands on its alerts, grouped by incident."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from keel.clock import Clock, system_clock
from keel.monitor.alert import Alert
from keel.monitor.follow import POLL_S, follow_file, follow_pipe
from keel.monitor.incidents import Incident, Incidents
from keel.monitor.log_watch import LogWatch, watched_version
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import find
from keel.spec.system import System
from keel.store import Store
from keel.train.export.open_predictor import open_predictor
from keel.train.progress import Tell

PIPE = "-"

OnAlert = Callable[[Alert, Incident], object]


@dataclass(frozen=True)
class WatchReport:
    """What was watched until the log ended or somebody stopped it."""

    version: str
    windows: int
    alerts: int
    incidents: int


def watch(
    store: Store,
    reference: str,
    where: str,
    *,
    on_alert: OnAlert,
    from_start: bool = False,
    once: bool = False,
    tell: Tell,
    clock: Clock = system_clock,
) -> WatchReport:
    """Answer the windows of a log as they end.

    where: a file, or `-` for stdin. from_start: also what the file holds already, as is done for
    stdin. once: stop at the end of the file. Ends when stdin ends or on an interrupt.

    Raises InputError for a version that does not watch logs, TableError without the file.
    """
    version = find(store.engine, reference)
    folder = read_artifact(store.blobs, version.digest)
    declared = System.model_validate(read_version_record(folder).declaration)
    watched = watched_version(
        version.system, str(version), open_predictor(folder), declared.table.log
    )
    now = clock().replace(tzinfo=None)
    whole = from_start or once or where == PIPE
    watching = LogWatch(watched, now, partial=not whole)
    incidents = Incidents()
    counts = [0, 0]

    def hand_on(alerts: list[Alert]) -> None:
        for alert in alerts:
            incident = incidents.add(alert)
            counts[0] += 1
            counts[1] = max(counts[1], incident.number)
            on_alert(alert, incident)

    tell(f"watching  {where} with {version}")
    with suppress(KeyboardInterrupt):
        for block in _blocks(where, from_start=whole, once=once):
            if block is None:
                hand_on(watching.end_file())
            elif block:
                hand_on(watching.feed(block))
            else:
                hand_on(watching.idle(timedelta(seconds=POLL_S)))
    hand_on(watching.finish())
    for note in watching.notes:
        tell(f"log       {note}")
    tell(f"watched   {watching.windows:,} windows, {counts[0]:,} alerts, {counts[1]:,} incidents")
    return WatchReport(str(version), watching.windows, counts[0], counts[1])


def _blocks(where: str, *, from_start: bool, once: bool) -> Iterator[bytes | None]:
    if where == PIPE:
        return follow_pipe(sys.stdin.buffer)
    return follow_file(Path(where), from_start=from_start, forever=not once)
