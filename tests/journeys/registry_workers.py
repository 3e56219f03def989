"""Processes that work on one registry at once and are killed. Run by the tests beside it.

Everything is imported before the first fork, and every process opens the database for itself.
"""

import hashlib
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import alembic.command  # noqa: F401  imported before the fork, or every child pays for it
from sqlalchemy.engine import Engine

from keel.backends.folder_blobs import FolderBlobs
from keel.backends.scratch import scratch_folder
from keel.clock import system_clock
from keel.database import migrate, open_database
from keel.errors import KeelError, NotFound
from keel.registry.lineage import read_lineage
from keel.registry.looks import count_look
from keel.registry.record import Record, RowCounts, Snapshot
from keel.registry.register import register
from keel.releases.rollback import rollback

NOBODY = 65534

LINEAGE = read_lineage(Path("/"), threads=1)


def main() -> None:
    act, url, home, *numbers = sys.argv[1:]
    acts: dict[str, Callable[..., None]] = {
        "together": together,
        "migrate": migrate_together,
        "killed": killed,
        "killed_migrating": killed_migrating,
        "once": once,
        "limited": limited,
        "as_nobody": as_nobody,
    }
    try:
        acts[act](url, Path(home), *map(int, numbers))
    except KeelError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def together(url: str, home: Path, processes: int, versions: int) -> None:
    """`processes` that migrate, register, count looks and roll back, all at once."""

    def work(number: int) -> None:
        engine = open_database(url)
        migrate(engine)
        for i in range(versions):
            add(engine, home, f"{number}-{i}".encode())
            count_look(engine, "fraud", "test part")
            if i % 3 == 2:
                rollback_if_possible(engine)
        engine.dispose()

    start = time.monotonic() + 0.2
    children = [fork(work, number, start) for number in range(processes)]
    sys.exit(max(os.waitpid(child, 0)[1] for child in children) != 0)


def migrate_together(url: str, _home: Path, processes: int) -> None:
    """`processes` that find an empty database at the same moment."""

    def work(_: int) -> None:
        engine = open_database(url)
        migrate(engine)
        engine.dispose()

    start = time.monotonic() + 0.1
    children = [fork(work, number, start) for number in range(processes)]
    sys.exit(max(os.waitpid(child, 0)[1] for child in children) != 0)


def killed(url: str, home: Path, times: int, seed: int) -> None:
    """Two processes that register without end, both killed at a random moment, again and again."""
    chance = random.Random(seed)
    engine = open_database(url)
    migrate(engine)
    engine.dispose()

    for _ in range(times):
        warm, started = os.pipe()

        def work(number: int, started: int = started) -> None:
            engine = open_database(url)
            while True:
                add(engine, home, os.urandom(8))
                os.write(started, b"1")
                if number % 2:
                    rollback_if_possible(engine)

        children = [fork(work, number, time.monotonic()) for number in range(2)]
        # Not before they are at it: on a busy machine they would be killed while they start.
        os.read(warm, 1)
        time.sleep(chance.uniform(0, 0.04))
        kill(children)
        os.close(warm)
        os.close(started)


def killed_migrating(url: str, home: Path, times: int, seed: int) -> None:
    """A process that migrates an empty database, killed at a random moment, each time anew."""
    chance = random.Random(seed)
    for i in range(times):
        each = url.replace("keel.db", f"keel{i}.db")

        def work(_: int, each: str = each) -> None:
            engine = open_database(each)
            migrate(engine)
            engine.dispose()

        children = [fork(work, 0, time.monotonic())]
        time.sleep(chance.uniform(0.005, 0.12))
        kill(children)
        engine = open_database(each)
        migrate(engine)
        add(engine, home, str(i).encode())
        engine.dispose()


def once(url: str, home: Path, model_bytes: int) -> None:
    """Register one version with a model of that size."""
    engine = open_database(url)
    migrate(engine)
    model = b"m" * model_bytes
    try:
        sys.stdout.write(f"{add(engine, home, model)}\n")
    finally:
        engine.dispose()


def limited(url: str, home: Path, model_bytes: int, limit_bytes: int) -> None:
    """The same where no file may grow beyond a limit."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    once(url, home, model_bytes)


def as_nobody(url: str, home: Path, model_bytes: int) -> None:
    """The same as a user who owns nothing, which root would otherwise not notice."""
    if os.getuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    once(url, home, model_bytes)


def add(engine: Engine, home: Path, model: bytes) -> str:
    """Register a version that passes; what it is called."""
    with scratch_folder(home / "scratch") as scratch:
        folder = scratch / "version"
        folder.mkdir()
        (folder / "model.onnx").write_bytes(model)
        (folder / "card.md").write_text("# A card\n")
        blobs = FolderBlobs(home / "versions")
        version = register(engine, blobs, folder, record(model), True, system_clock, actor="ada")
    return str(version)


def record(model: bytes) -> Record:
    return Record(
        system="fraud",
        task="classify",
        algorithm="logistic",
        created_at=datetime.now(UTC),
        declaration={"system": "fraud"},
        data=Snapshot(fingerprint="f", file="f.arrow", sha256="a", bytes=1),
        rows=RowCounts(train=1, validation=0, test=1, quarantined=0),
        signature={},
        parameters={},
        seeds={"train": 7},
        lineage=LINEAGE,
        metrics={},
        verdicts=(),
        parity_max_abs_diff=0.0,
        model_sha256=hashlib.sha256(model).hexdigest(),
    )


def rollback_if_possible(engine: Engine) -> None:
    try:
        rollback(engine, "fraud", system_clock, actor="ada")
    except NotFound:
        return


def fork(work: Callable[[int], None], number: int, start: float) -> int:
    child = os.fork()
    if child == 0:
        _be_child(work, number, start)
    return child


def _be_child(work: Callable[[int], None], number: int, start: float) -> NoReturn:
    code = 1
    try:
        time.sleep(max(0.0, start - time.monotonic()))
        work(number)
        code = 0
    except Exception as error:
        sys.stderr.write(f"process {number}: {error!r}\n")
        sys.stderr.flush()
    finally:
        os._exit(code)


def kill(children: list[int]) -> None:
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
