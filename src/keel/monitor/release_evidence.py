"""The evidence of every arm of a release, from its answers and what turned out to be true."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl
from sqlalchemy.engine import Engine

from keel.backends.blobs import Blobs
from keel.clock import Clock, system_clock
from keel.metrics.evidence import Evidence
from keel.monitor.later_events import LaterEvents
from keel.monitor.live_evidence import Answering, live_evidence
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import find
from keel.releases.release import Release
from keel.serve.answers.privacy import Privacy, pseudonym_key
from keel.serve.answers.read_answers import read_answers
from keel.serve.labels import read_labels
from keel.serve.new_events import recorded_events
from keel.settings import Settings
from keel.spec.system import System
from keel.train.export.exported import SIGNATURE
from keel.train.export.signature import read_signature


class ReleaseEvidence:
    """Gathers evidence; versions that it read once are kept."""

    def __init__(
        self, engine: Engine, blobs: Blobs, settings: Settings, clock: Clock = system_clock
    ) -> None:
        self._engine = engine
        self._blobs = blobs
        self._settings = settings
        self._clock = clock
        self._versions: dict[str, Answering] = {}

    def __call__(self, release: Release, system: System) -> Mapping[str, Evidence]:
        """By arm, since `release` began; arms that did not answer yet are not there.

        system: the declaration whose promises are judged.
        """
        now = self._clock()
        numbers = sorted({release.champion, *(arm.number for arm in release.arms)})
        root, name = self._settings.answers, release.system
        labels = read_labels(self._engine, name, since=release.began_at, until=now)
        found: dict[str, Evidence] = {}
        for number in numbers:
            said = read_answers(root, name, since=release.began_at, until=now, versions=[number])
            answers = said.frame.filter(pl.col("release") == release.id).collect()
            found |= live_evidence(
                answers,
                labels,
                self._version(name, number, system),
                now=now,
                dropped=said.dropped.filter(pl.col("release") == release.id),
                events=self._events(system, name, release.began_at),
            )
        return found

    def _version(self, system: str, number: int, declared: System) -> Answering:
        name = f"{system}@{number}"
        if name not in self._versions:
            folder = read_artifact(self._blobs, find(self._engine, name).digest)
            signature = read_signature((folder / SIGNATURE).read_bytes())
            declaration = read_version_record(folder).declaration
            key = pseudonym_key(self._settings.home) if declaration.get("private") else b""
            privacy = Privacy(declaration, signature, key)
            self._versions[name] = Answering(name, signature, declared, privacy)
        return replace(self._versions[name], declared=declared)

    def _events(self, declared: System, system: str, since: datetime) -> LaterEvents | None:
        if declared.interactions is None:
            return None
        events = [e for e in recorded_events(self._engine, system) if e.at >= since]
        return LaterEvents(events, declared.interactions.liked)
