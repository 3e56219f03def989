"""A registry on a disk that is full or may not be written."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from registry_workers import add

from keel.backends.folder_blobs import FolderBlobs
from keel.database import migrate, open_database
from keel.registry.artifact import read_artifact
from keel.registry.listing import list_versions

WORKERS = Path(__file__).parent / "registry_workers.py"


def url_of(home: Path) -> str:
    return f"sqlite:///{home / 'keel.db'}?timeout=5"


def once(home: Path, act: str, *numbers: int) -> "subprocess.CompletedProcess[str]":
    """Register one version in a process of its own."""
    command = [sys.executable, WORKERS, act, url_of(home), str(home), *map(str, numbers)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def here(home: Path, model_bytes: int) -> str:
    """Register one version in this process, where nothing fails."""
    engine = open_database(url_of(home))
    migrate(engine)
    try:
        return add(engine, home, b"h" * model_bytes)
    finally:
        engine.dispose()


def whole_versions(home: Path) -> list[str]:
    engine = open_database(f"sqlite:///{home / 'keel.db'}")
    found = list_versions(engine, "fraud")
    for version in found:
        read_artifact(FolderBlobs(home / "versions"), version.digest)
    engine.dispose()
    return [str(version) for version in found]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with 2 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path, leave_bytes: int) -> Path:
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    filler.write_bytes(b"x" * max(0, free - leave_bytes))
    return filler


@pytest.mark.parametrize("leave_bytes", [0, 16 * 1024, 64 * 1024])
def test_on_a_full_disk_nothing_is_half_made(small_disk: Path, leave_bytes: int) -> None:
    assert here(small_disk, 100) == "fraud@1"
    filler = fill(small_disk, leave_bytes)
    done = once(small_disk, "once", 48 * 1024)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 3) if leave_bytes > 48 * 1024 else done.returncode == 3
    if done.returncode == 3:
        assert "disk is full" in done.stderr
        assert "free some space" in done.stderr
    filler.unlink()
    before = ["fraud@1"] if done.returncode else ["fraud@1", "fraud@2"]
    assert whole_versions(small_disk) == before
    assert here(small_disk, 48 * 1024) == f"fraud@{len(before) + 1}"


@pytest.mark.parametrize("limit_bytes", [1_000, 20_000, 60_000])
def test_a_file_that_may_not_grow_leaves_nothing_half_made(
    tmp_path: Path, limit_bytes: int
) -> None:
    home = tmp_path / "home"
    assert here(home, 100) == "fraud@1"
    done = once(home, "limited", 70_000, limit_bytes)
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (3, "")
    assert "disk is full" in done.stderr
    assert whole_versions(home) == ["fraud@1"]
    assert here(home, 70_000) == "fraud@2"


@pytest.mark.parametrize("registered", [False, True])
def test_a_home_that_may_not_be_written_is_left_as_it_is(tmp_path: Path, registered: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    if registered:
        assert here(home, 100) == "fraud@1"
    for path in (*home.rglob("*"), home):
        path.chmod(0o555 if path.is_dir() else 0o444)
    reachable(tmp_path)
    before = sorted(home.rglob("*"))
    done = once(home, "as_nobody", 100)
    assert (done.returncode, done.stdout) == (3, "")
    assert "KEEL_HOME" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(home.rglob("*")) == before
    for path in (home, *home.rglob("*")):
        path.chmod(0o755)
    if registered:
        assert whole_versions(home) == ["fraud@1"]


def reachable(folder: Path) -> None:
    """Let everybody walk to `folder`, whose parents pytest keeps to itself."""
    for parent in (folder, *folder.parents[:2]):
        if parent.stat().st_uid == os.getuid():
            parent.chmod(parent.stat().st_mode | 0o011)
