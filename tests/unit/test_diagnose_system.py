"""A registered version is diagnosed against its tables as they are today."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from keel.cli.main import app
from keel.diagnose.diagnosis import Diagnosis
from keel.diagnose_system import diagnose_system
from keel.errors import InputError, NotFound
from keel.lifecycle import run
from keel.registry.record import Record
from keel.serve.new_events import Happened, record_events
from keel.settings import read_settings
from keel.spec.write import write_system
from keel.store import Store, open_store
from keel.train.progress import silent
from recommend_tables import declared, events, items, write_tables
from tiny_systems import add, loans, open_tiny_store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("films")
    write_tables(made)
    return made


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    made = open_store(read_settings({"KEEL_HOME": str(folder / ".keel")}))
    run(declared(), base=folder, store=made, tell=silent)
    return made


def diagnosed(store: Store, folder: Path, **more: object) -> Diagnosis:
    return diagnose_system(store, "films", folder=folder, tell=silent, **more)  # type: ignore[arg-type]


def test_a_version_just_trained_is_well(store: Store, folder: Path) -> None:
    found = diagnosed(store, folder, user="u3")
    assert found.version == "films@1"
    assert found.alarms == ()
    told = [sentence for step in found.steps for sentence in step.saw]
    assert any("it shows 100% of the first" in sentence for sentence in told)
    assert any(sentence.startswith("1. Item number") for sentence in told)


def test_a_table_that_changed_since_is_named(store: Store, tmp_path: Path) -> None:
    write_tables(tmp_path)
    moved = events().with_columns(pl.col("at") + pl.duration(hours=5))
    moved.write_parquet(tmp_path / "events.parquet")
    assert diagnosed(store, tmp_path).alarms[0].kind == "time-zone shift"
    pl.concat([events(), events()[::2]]).write_parquet(tmp_path / "events.parquet")
    assert [f.kind for f in diagnosed(store, tmp_path).alarms] == ["duplicated events"]
    write_tables(tmp_path)
    items().filter(pl.col("item") > "i08").write_parquet(tmp_path / "items.parquet")
    assert [f.kind for f in diagnosed(store, tmp_path).alarms] == ["stale item table"]


def test_events_that_a_server_recorded_are_among_those_of_today(folder: Path) -> None:
    store = open_store(read_settings({"KEEL_HOME": str(folder / ".other")}))
    run(declared(), base=folder, store=store, tell=silent)
    happened = Happened("new", "i05", datetime(2026, 11, 1, tzinfo=UTC), 5.0)
    record_events(store.engine, "films", [happened])
    told = diagnosed(store, folder, user="new").steps[0].saw
    assert any("user new has 1 events" in sentence for sentence in told)


def test_what_was_shown_is_read_from_a_file(store: Store, folder: Path, tmp_path: Path) -> None:
    used = events().group_by("user").agg(pl.col("item").alias("items"))
    shown = used.with_columns(pl.lit(datetime(2026, 10, 1)).alias("time"))
    shown.write_parquet(tmp_path / "shown.parquet")
    found = diagnosed(store, folder, answers=tmp_path / "shown.parquet")
    assert [finding.kind for finding in found.alarms] == ["seen-filter off"]


def test_the_command_prints_steps_or_one_object(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_HOME", str(store.settings.home))
    asked = ["diagnose", "films", "--folder", str(folder), "--user", "u3", "--quiet"]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0
    assert "films@1 for user u3: nothing is wrong" in told.output
    assert "1. events: are they fresh and whole?" in told.output
    found = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert found["healthy"] is True
    assert len(found["steps"]) == 8


def test_only_versions_that_recommend_are_diagnosed(
    tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    store = open_tiny_store(tmp_path)
    with pytest.raises(NotFound):
        diagnosed(store, tmp_path)
    add(store, "loans", loans(), make_record=make_record)
    with pytest.raises(InputError, match="only systems that recommend"):
        diagnose_system(store, "loans", tell=silent)


def test_the_systems_folder_is_found_beside_and_asked_for_where_it_is_not(
    store: Store, tmp_path: Path
) -> None:
    own = tmp_path / "films"
    own.mkdir()
    write_tables(own)
    (own / "keel.yaml").write_text(write_system(declared()))
    assert diagnose_system(store, "films", folder=tmp_path, tell=silent).findings == ()
    with pytest.raises(InputError, match="name the folder of its"):
        diagnose_system(store, "films", folder=tmp_path / "elsewhere", tell=silent)


def test_what_users_did_since_training_is_no_fault_of_the_version(tmp_path: Path) -> None:
    write_tables(tmp_path)
    whole = events().sort("at")
    whole.head(600).write_parquet(tmp_path / "events.parquet")
    store = open_store(read_settings({"KEEL_HOME": str(tmp_path / ".keel")}))
    run(declared(), base=tmp_path, store=store, tell=silent)
    whole.write_parquet(tmp_path / "events.parquet")
    found = diagnosed(store, tmp_path)
    assert found.alarms == ()
    assert any("105 came since training" in sentence for sentence in found.steps[0].saw)
