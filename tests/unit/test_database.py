import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from keel import migrations
from keel.database import Moment, migrate, open_database, reading, writing
from keel.errors import EnvironmentFailure, InputError

moments = sa.Table("moments", sa.MetaData(), sa.Column("at", Moment))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keel.db"


def open_file(file: Path, wait_s: float = 30) -> Engine:
    return open_database(f"sqlite:///{file}?timeout={wait_s}")


def test_sqlite_is_set_up_to_survive_a_power_cut(file: Path) -> None:
    engine = open_file(file)
    with reading(engine) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    ["mysql://host/name", "keel.db", "", "sqlite://", "sqlite:///", "://", "oracle://x:s@h/n"],
)
def test_a_url_that_is_no_database_is_refused_with_what_is(url: str) -> None:
    with pytest.raises(InputError, match="sqlite:///FILE or postgresql://"):
        open_database(url)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(InputError) as raised:
        open_database("mysql://ada:secret@host/name")
    assert "secret" not in str(raised.value)


def test_a_postgres_that_is_away_is_an_environment_failure_without_the_password() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed: keel-ml[postgres]")
    engine = open_database("postgresql://ada:secret@127.0.0.1:1/name")
    with pytest.raises(EnvironmentFailure, match="KEEL_DATABASE") as raised, reading(engine):
        pass
    assert "secret" not in str(raised.value)
    assert (raised.value.exit_code, raised.value.__cause__ is not None) == (3, True)


def test_without_its_driver_postgres_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from keel.database import open_database\n"
        "from keel.errors import MissingExtra\n"
        "try: open_database('postgresql://host/name')\n"
        "except MissingExtra as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'keel-ml[postgres]'" in done.stdout


def test_migrating_again_leaves_alembic_out(database_url: str) -> None:
    first = open_database(database_url)
    migrate(first)
    first.dispose()
    code = (
        "import sys\n"
        "from keel.database import migrate, open_database\n"
        f"migrate(open_database({database_url!r}))\n"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_the_newest_migration_is_the_head(engine: Engine) -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    found = [script.revision for script in scripts.walk_revisions()][::-1]
    assert (tuple(found), scripts.get_current_head()) == (migrations.REVISIONS, migrations.HEAD)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT * FROM alembic_version").all() == [
            (migrations.HEAD,)
        ]


def test_a_database_of_a_newer_keel_is_left_alone(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(EnvironmentFailure, match=r"newer Keel \(revision 9999"):
        migrate(engine)


def test_a_writer_that_fails_leaves_nothing(engine: Engine) -> None:
    def write_half() -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE half (x INTEGER)")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        write_half()
    with reading(engine) as connection:
        assert not sa.inspect(connection).has_table("half")


def test_a_reader_waits_for_no_writer(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE half (x INTEGER)")
        with reading(engine) as other:
            assert other.exec_driver_sql("SELECT count(*) FROM systems").scalar() == 0


def test_a_lock_held_too_long_is_an_environment_failure(file: Path) -> None:
    holder, waiter = open_file(file), open_file(file, 0.05)
    migrate(holder)
    start_s = time.monotonic()
    with (
        writing(holder),
        pytest.raises(EnvironmentFailure, match=r"locked by another process .* 0\.05 s"),
        writing(waiter),
    ):
        pass
    assert time.monotonic() - start_s < 2
    holder.dispose()
    waiter.dispose()


@pytest.mark.parametrize("content", [b"not a database, but long enough to look like a file" * 20])
def test_a_file_that_is_no_database_is_an_environment_failure(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    engine = open_file(file)
    with pytest.raises(EnvironmentFailure, match="not a sound database"):
        migrate(engine)
    assert file.read_bytes() == content
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_an_environment_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match="set KEEL_HOME"):
        open_file(tmp_path / "file" / "home" / "keel.db")


def test_a_folder_in_place_of_the_file_is_an_environment_failure(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(EnvironmentFailure, match=r"cannot write .*unable to open"):
        migrate(open_file(file))


def test_moments_keep_their_zone_and_their_microseconds(engine: Engine) -> None:
    at = datetime(2026, 3, 1, 1, 30, 0, 7, timezone(timedelta(hours=2)))
    with writing(engine) as connection:
        moments.create(connection)
        connection.execute(moments.insert().values(at=at))
        connection.execute(moments.insert().values(at=None))
    with reading(engine) as connection:
        found, missing = connection.execute(sa.select(moments)).scalars()
        assert (found, found.tzinfo, missing) == (at, UTC, None)


@pytest.mark.parametrize(
    "insert",
    [
        "INSERT INTO systems (name, created_at, last_number) VALUES ('a', NULL, 1)",
        "INSERT INTO aliases (system, name, number) VALUES ('none', 'champion', 1)",
    ],
)
def test_a_broken_constraint_is_a_bug_and_not_disguised(engine: Engine, insert: str) -> None:
    with pytest.raises(sa.exc.IntegrityError), writing(engine) as connection:
        connection.exec_driver_sql(insert)


def test_sqlite_is_new_enough_for_what_the_registry_asks() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35)
