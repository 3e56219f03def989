"""Many processes on one registry, killed where it hurts."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from keel.backends.folder_blobs import FolderBlobs
from keel.database import migrate, open_database, reading
from keel.registry.artifact import read_artifact
from keel.registry.audit import list_audit
from keel.registry.find import champion, find
from keel.registry.listing import list_systems, list_versions
from keel.registry.looks import read_looks
from keel.registry.sweep import sweep
from keel.registry.tables import aliases, reigns, versions

WORKERS = Path(__file__).parent / "registry_workers.py"


def run(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "error", WORKERS, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    try:
        yield engine
    finally:
        engine.dispose()


def assert_consistent(engine: Engine, blobs: FolderBlobs) -> int:
    """Everything that points at something points at something whole; how many versions."""
    found = list_versions(engine, "fraud")
    numbers = [version.number for version in found]
    assert numbers == list(range(1, len(found) + 1))
    registered = [act for act in list_audit(engine, "fraud") if act.action == "register"]
    assert [act.number for act in registered] == numbers
    assert [act.details["digest"] for act in registered] == [version.digest for version in found]
    for version in found:
        read_artifact(blobs, version.digest)
    systems = list_systems(engine)
    assert [system.last_number for system in systems] == ([len(found)] if found else [])
    if found:
        assert_one_champion(engine)
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    return len(found)


def assert_one_champion(engine: Engine) -> None:
    now = champion(engine, "fraud")
    assert now is not None
    with reading(engine) as connection:
        query = sa.select(reigns).join(aliases, aliases.c.reign == reigns.c.id)
        reign = connection.execute(query).mappings().one()
        assert reign["number"] == now.number
        if reign["beneath"] is not None:
            previous = sa.select(reigns.c.number).where(reigns.c.id == reign["beneath"])
            expected = connection.execute(previous).scalar_one()
            assert find(engine, "fraud@previous").number == expected
    counted = Counter(alias for each in list_versions(engine, "fraud") for alias in each.aliases)
    assert counted["champion"] == 1


def test_eight_processes_at_once_hand_out_every_number_once(
    database_url: str, tmp_path: Path
) -> None:
    done = run("together", database_url, tmp_path, 8, 3)
    assert (done.returncode, done.stderr) == (0, "")
    with opened(database_url) as engine:
        assert assert_consistent(engine, FolderBlobs(tmp_path / "versions")) == 24
        assert read_looks(engine, "fraud", "test part") == 24


def test_a_process_killed_at_any_moment_leaves_the_old_state_or_the_new(
    database_url: str, tmp_path: Path
) -> None:
    blobs = FolderBlobs(tmp_path / "versions")
    done = run("killed", database_url, tmp_path, 8, 7)
    assert (done.returncode, done.stderr) == (0, "")
    with opened(database_url) as engine:
        count = assert_consistent(engine, blobs)
        assert count >= 8
        sweep(engine, blobs, tmp_path / "scratch", lambda: datetime.now(UTC) + timedelta(hours=2))
        with reading(engine) as connection:
            kept = set(connection.execute(sa.select(versions.c.digest)).scalars())
        assert {blob.digest for blob in blobs.list()} == kept
        assert list((tmp_path / "scratch").iterdir()) == []
        assert list((tmp_path / "versions" / ".partial").iterdir()) == []
        assert assert_consistent(engine, blobs) == count
    assert run("once", database_url, tmp_path, 10).stdout == f"fraud@{count + 1}\n"


def test_migrations_that_start_at_once_are_done_once(database_url: str, tmp_path: Path) -> None:
    done = run("migrate", database_url, tmp_path, 6)
    assert (done.returncode, done.stderr) == (0, "")
    with opened(database_url) as engine, reading(engine) as connection:
        assert len(connection.exec_driver_sql("SELECT * FROM alembic_version").all()) == 1
        assert sa.inspect(connection).has_table("versions")


def test_a_migration_killed_at_any_moment_can_be_started_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'keel.db'}"
    done = run("killed_migrating", url, tmp_path, 8, 3)
    assert (done.returncode, done.stderr) == (0, "")
    with opened(f"sqlite:///{tmp_path / 'keel7.db'}") as engine:
        migrate(engine)
        assert len(list_versions(engine, "fraud")) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reader_sees_a_whole_state_while_others_write(database_url: str, tmp_path: Path) -> None:
    with opened(database_url) as engine:
        migrate(engine)
        command = [sys.executable, WORKERS, "together", database_url, str(tmp_path), "3", "4"]
        with subprocess.Popen(command) as writers:
            seen = [0]
            while writers.poll() is None:
                found = list_versions(engine, "fraud")
                numbers = [version.number for version in found]
                assert numbers == list(range(1, len(found) + 1))
                champions = [each for each in found if "champion" in each.aliases]
                assert len(champions) == min(1, len(found))
                seen.append(len(found))
        assert writers.returncode == 0
        assert seen == sorted(seen)
        assert len(list_versions(engine, "fraud")) == 12
