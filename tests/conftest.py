"""Fixtures that several folders need: databases to run on, and a small version to register."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy.engine import Engine

from keel.database import migrate, open_database
from keel.registry.record import Figure, Lineage, Record, RowCounts, Snapshot

MODEL = b"not a real model"

# A busy machine is no failure, and what decides whether a change lands must not be a draw.
settings.register_profile("keel", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("keel")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a Postgres server: `KEEL_TEST_POSTGRES`, or one started from what is installed."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: keel-ml[postgres]")
    given = os.environ.get("KEEL_TEST_POSTGRES")
    if given:
        yield given
        return
    found = [shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    programs = [Path(path).parent for path in found if path]
    if not programs:
        pytest.skip("no Postgres: set KEEL_TEST_POSTGRES to a URL or install postgresql")
    with tempfile.TemporaryDirectory() as folder:
        yield from _serve_postgres(programs[0], Path(folder))


def _serve_postgres(programs: Path, folder: Path) -> Iterator[str]:
    # The server refuses to run as root.
    user = None
    if os.getuid() == 0:
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("Postgres does not run as root and there is no user postgres")
        shutil.chown(folder, user)
    data = folder / "data"
    quiet = {"user": user, "cwd": "/", "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "keel", "-A", "trust", "--no-sync"], **quiet
    )
    options = f"-c fsync=off -c listen_addresses= -k {folder}"
    control = [programs / "pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], **quiet)
    try:
        yield f"postgresql://keel@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'keel.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    schema = f"t{uuid4().hex}"
    engine = open_database(server)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An open database with its tables."""
    opened = open_database(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def make_record() -> Callable[..., Record]:
    """Makes the record of a small version; keyword arguments replace parts."""
    return _record


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes the folder of a small version, ready to be registered."""

    def make(name: str = "", model: bytes = MODEL) -> Path:
        folder = tmp_path / "scratch" / (name or uuid4().hex)
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(model)
        (folder / "card.md").write_text("# A card\n")
        return folder

    return make


def _record(**parts: object) -> Record:
    usual: dict[str, object] = {
        "system": "fraud",
        "task": "classify",
        "algorithm": "lightgbm",
        "created_at": datetime(2026, 3, 1, 12, 0, 0, 123456, UTC),
        "declaration": {"system": "fraud", "promises": ["average_precision >= 0.6"]},
        "data": Snapshot(fingerprint="f" * 64, file="f.arrow", sha256="a" * 64, bytes=10),
        "rows": RowCounts(train=80, validation=0, test=20, quarantined=1),
        "signature": {"columns": [{"name": "amount", "kind": "number"}]},
        "parameters": {"num_leaves": 31, "C": float("inf")},
        "seeds": {"train": 7},
        "lineage": Lineage(
            code_version="0.1.0",
            commit=None,
            libraries={"numpy": "2.4.6"},
            python="3.11.0",
            platform="Linux",
            machine="x86_64",
            cpus=2,
            threads=1,
        ),
        "metrics": {
            "average_precision": Figure(value=0.7, low=0.6, high=0.8, n=20, protocol="by time")
        },
        "verdicts": (),
        "parity_max_abs_diff": 1e-7,
        "model_sha256": hashlib.sha256(MODEL).hexdigest(),
        "seconds": {"train": 1.5},
    }
    return Record(**{**usual, **parts})
