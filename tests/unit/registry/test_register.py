import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from keel.backends.folder_blobs import FolderBlobs
from keel.clock import system_clock
from keel.database import open_database
from keel.errors import ArtifactError, EnvironmentFailure
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import champion, find
from keel.registry.listing import list_systems, list_versions
from keel.registry.record import Record
from keel.registry.register import register
from keel.registry.version import Status, Version

Folder = Callable[..., Path]
MakeRecord = Callable[..., Record]


def test_the_first_passing_version_becomes_champion(add: Callable[..., Version]) -> None:
    version = add()
    assert (str(version), version.status, version.aliases) == (
        "fraud@1",
        Status.CHAMPION,
        ("champion",),
    )


def test_a_later_passing_version_takes_over_at_once(
    add: Callable[..., Version], engine: Engine
) -> None:
    add()
    assert add().aliases == ("champion",)
    assert find(engine, "fraud@1").aliases == ("previous",)


def test_a_later_passing_version_waits_for_its_release_as_challenger(
    add: Callable[..., Version], engine: Engine
) -> None:
    assert add(at_once=False).status is Status.CHAMPION
    assert add(at_once=False).aliases == ("challenger",)
    assert str(find(engine, "fraud")) == "fraud@1"


def test_a_version_that_does_not_pass_is_held_and_never_champion(
    add: Callable[..., Version], engine: Engine
) -> None:
    held = add(passes=False)
    assert (held.status, held.aliases) == (Status.HELD, ())
    assert champion(engine, "fraud") is None
    assert add().aliases == ("champion",)
    assert add(passes=False).aliases == ()
    assert str(find(engine, "fraud")) == "fraud@2"


def test_numbers_run_within_each_system(add: Callable[..., Version], engine: Engine) -> None:
    names = [str(add()), str(add(system="churn")), str(add(passes=False))]
    assert names == ["fraud@1", "churn@1", "fraud@2"]
    listed = {each.system: (each.last_number, each.champion) for each in list_systems(engine)}
    assert listed == {"fraud": (2, 1), "churn": (1, 1)}


def test_everything_recorded_comes_back(
    add: Callable[..., Version], engine: Engine, blobs: FolderBlobs, make_record: MakeRecord
) -> None:
    version = add()
    record = make_record()
    assert list_versions(engine, "fraud") == (version,)
    assert version.parameters == {"num_leaves": 31, "C": float("inf")}
    assert version.metrics == record.metrics
    assert version.created_at == record.created_at
    assert version.declaration == record.declaration
    assert read_version_record(read_artifact(blobs, version.digest)) == record


def test_the_folder_is_moved_away(
    engine: Engine, blobs: FolderBlobs, make_folder: Folder, make_record: MakeRecord
) -> None:
    folder = make_folder()
    register(engine, blobs, folder, make_record(), True, system_clock, actor="ada")
    assert not folder.exists()


def test_the_same_content_can_be_registered_twice(
    add: Callable[..., Version], blobs: FolderBlobs, tmp_path: Path
) -> None:
    first, second = add(), add()
    assert (first.number, second.number) == (1, 2)
    assert first.digest == second.digest
    assert list((tmp_path / "scratch").iterdir()) == []
    read_artifact(blobs, second.digest)


def test_a_folder_whose_model_is_another_one_is_refused_and_no_number_is_lost(
    engine: Engine,
    blobs: FolderBlobs,
    make_folder: Folder,
    make_record: MakeRecord,
    add: Callable[..., Version],
) -> None:
    folder = make_folder(model=b"another")
    with pytest.raises(ArtifactError, match=r"must hold the model\.onnx with SHA-256"):
        register(engine, blobs, folder, make_record(), True, system_clock, actor="ada")
    assert list_systems(engine) == ()
    assert add().number == 1


def test_what_names_the_version_is_written_when_its_number_is_known(
    engine: Engine, blobs: FolderBlobs, make_folder: Folder, make_record: MakeRecord
) -> None:
    folder = make_folder()
    version = register(
        engine,
        blobs,
        folder,
        make_record(),
        True,
        system_clock,
        actor="ada",
        finish=lambda number: (folder / "card.html").write_text(f"fraud@{number}"),
    )
    assert (read_artifact(blobs, version.digest) / "card.html").read_text() == "fraud@1"


def test_a_version_that_cannot_be_finished_leaves_no_number_and_no_system(
    engine: Engine, blobs: FolderBlobs, make_folder: Folder, make_record: MakeRecord
) -> None:
    def finish(number: int) -> None:
        raise RuntimeError(f"no card for {number}")

    folder, record = make_folder(), make_record()
    with pytest.raises(RuntimeError, match="no card for 1"):
        register(engine, blobs, folder, record, True, system_clock, actor="ada", finish=finish)
    assert list_systems(engine) == ()
    assert list(blobs.list()) == []


def test_a_database_without_tables_registers_nothing(
    tmp_path: Path, blobs: FolderBlobs, make_folder: Folder, make_record: MakeRecord
) -> None:
    empty = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(EnvironmentFailure, match="no such table"):
        register(empty, blobs, make_folder(), make_record(), True, system_clock, actor="ada")
    empty.dispose()


def test_two_models_have_two_digests(
    engine: Engine, blobs: FolderBlobs, make_folder: Folder, make_record: MakeRecord
) -> None:
    digests = set()
    for model in (b"one", b"two"):
        record = make_record(model_sha256=hashlib.sha256(model).hexdigest())
        folder = make_folder(model=model)
        version = register(engine, blobs, folder, record, True, system_clock, actor="ada")
        digests.add(version.digest)
    assert len(digests) == 2


def test_the_registry_loads_no_heavy_library() -> None:
    code = (
        "import sys, keel.releases.routing, keel.registry.register, keel.releases.rollback, "
        "keel.registry.sweep, keel.registry.snapshot, keel.registry.lineage\n"
        "heavy = {'polars', 'pyarrow', 'sklearn', 'onnx', 'numpy', 'scipy', 'pandas', 'alembic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
