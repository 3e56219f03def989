"""Registering: a folder of files becomes a numbered version, wholly or not at all."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy.engine import Connection, Engine

from keel.backends.blobs import Blobs
from keel.clock import Clock
from keel.database import writing
from keel.registry.aliases import CHALLENGER, crown, point_alias, read_reign
from keel.registry.artifact import write_artifact
from keel.registry.audit import write_audit
from keel.registry.record import Record, hash_declaration, write_record
from keel.registry.tables import systems, versions
from keel.registry.version import Status, Version, read_version

JSON_COLUMNS = ("declaration", "seeds", "parameters", "metrics", "verdicts", "seconds")


def register(
    engine: Engine,
    blobs: Blobs,
    folder: Path,
    record: Record,
    passes: bool,
    clock: Clock,
    *,
    actor: str,
    at_once: bool = True,
    finish: Callable[[int], object] | None = None,
) -> Version:
    """Register `folder`, which holds the model, the reference and the card, under the next number.

    `finish` is called with that number, to write into `folder` what names the version, such as
    its card; it must not write to the database. Then the folder is sealed and moved into `blobs`.
    A version that does not pass is held. The first that passes becomes champion; a later one too
    when it is released `at_once`, else challenger. Killed at any moment, this leaves the registry
    as it was or with the whole version; what may be left over is a blob that nothing points at,
    which `sweep` removes.

    Raises ArtifactError when the folder is not fit for a version, EnvironmentFailure when the
    disk or the database fails.
    """
    with writing(engine) as connection:
        number = _next_number(connection, record.system, clock())
        if finish is not None:
            finish(number)
        digest = write_artifact(folder, record)
        # As the writer: a sweep drops blobs that nothing points at only when it is the writer.
        blobs.write(digest, folder)
        champion = read_reign(connection, record.system)
        status = status_of(passes, at_once or champion is None)
        connection.execute(versions.insert().values(_row(record, number, status, digest)))
        if status is Status.CHAMPION:
            crown(connection, record.system, number, clock())
        elif status is Status.CHALLENGER:
            point_alias(connection, record.system, CHALLENGER, number)
        write_audit(
            connection,
            at=clock(),
            actor=actor,
            action="register",
            system=record.system,
            number=number,
            details={
                "status": status,
                "digest": digest,
                "champion_before": None if champion is None else champion.number,
            },
        )
        version = read_version(connection, record.system, number)
    shutil.rmtree(folder, ignore_errors=True)
    return version


def _next_number(connection: Connection, system: str, at: datetime) -> int:
    """The number after the last one handed out; the system is listed with its first version."""
    last: int | None = connection.execute(
        systems.update()
        .where(systems.c.name == system)
        .values(last_number=systems.c.last_number + 1)
        .returning(systems.c.last_number)
    ).scalar()
    if last is not None:
        return last
    connection.execute(systems.insert().values(name=system, created_at=at, last_number=1))
    return 1


def status_of(passes: bool, becomes_champion: bool) -> Status:
    """What becomes of a version."""
    if not passes:
        return Status.HELD
    return Status.CHAMPION if becomes_champion else Status.CHALLENGER


def _row(record: Record, number: int, status: Status, digest: str) -> dict[str, object]:
    written = msgspec.json.decode(write_record(record))
    return {
        "system": record.system,
        "number": number,
        "status": status.value,
        "digest": digest,
        "task": record.task,
        "algorithm": record.algorithm,
        "created_at": record.created_at,
        "declaration_hash": hash_declaration(record.declaration),
        "data_fingerprint": record.data.fingerprint,
        "code_version": record.lineage.code_version,
        "libraries": record.lineage.libraries,
        **{name: written[name] for name in JSON_COLUMNS},
    }
