import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Engine

from keel.backends.folder_blobs import FolderBlobs
from keel.backends.scratch import scratch_folder
from keel.clock import Clock, system_clock
from keel.registry.artifact import read_artifact
from keel.registry.sweep import Swept, sweep
from keel.registry.version import Version

ORPHAN = "0" * 64


def later(hours: float) -> Clock:
    return lambda: datetime.now(UTC) + timedelta(hours=hours)


def test_a_blob_without_a_version_goes_after_an_hour_and_no_sooner(
    add: Callable[..., Version],
    engine: Engine,
    blobs: FolderBlobs,
    make_folder: Callable[..., Path],
    tmp_path: Path,
) -> None:
    version = add()
    blobs.write(ORPHAN, make_folder())
    assert sweep(engine, blobs, tmp_path / "none", later(0.9)) == Swept(0, 0)
    assert blobs.has(ORPHAN)
    assert sweep(engine, blobs, tmp_path / "none", later(1.1)) == Swept(0, 1)
    assert not blobs.has(ORPHAN)
    read_artifact(blobs, version.digest)


def test_scratch_of_the_dead_goes_and_of_the_living_stays(
    engine: Engine, blobs: FolderBlobs, tmp_path: Path
) -> None:
    scratch = tmp_path / "half-made"
    (scratch / "dead").mkdir(parents=True)
    (scratch / "dead" / "model.onnx").write_bytes(b"half")
    (scratch / "file").write_text("")
    with scratch_folder(scratch) as living:
        assert sweep(engine, blobs, scratch, system_clock) == Swept(0, 0)
        assert sweep(engine, blobs, scratch, later(1.1)) == Swept(2, 0)
        assert [path.name for path in scratch.iterdir()] == [living.name]
    assert list(scratch.iterdir()) == []


def test_what_was_touched_lately_counts_as_young(
    engine: Engine, blobs: FolderBlobs, tmp_path: Path
) -> None:
    scratch = tmp_path / "half-made"
    (scratch / "run" / "deep").mkdir(parents=True)
    young = scratch / "run" / "deep" / "trial.json"
    young.write_text("{}")
    for path in (scratch / "run", scratch / "run" / "deep"):
        os.utime(path, (0, 0))
    assert sweep(engine, blobs, scratch, system_clock) == Swept(0, 0)
    os.utime(young, (0, 0))
    assert sweep(engine, blobs, scratch, system_clock) == Swept(1, 0)


def test_an_empty_home_is_swept_without_being_made(
    engine: Engine, blobs: FolderBlobs, tmp_path: Path
) -> None:
    assert sweep(engine, blobs, tmp_path / "none", system_clock) == Swept(0, 0)
    assert not blobs.root.exists()
