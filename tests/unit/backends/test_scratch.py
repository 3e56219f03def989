import errno
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keel.backends.scratch import scratch_folder, sweep_scratch
from keel.errors import EnvironmentFailure


def test_a_scratch_folder_is_there_while_it_is_used_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "scratch") as folder:
        (folder / "half").write_text("x")
    assert not folder.exists()


def test_a_scratch_folder_is_gone_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch_folder(tmp_path) as folder:
        raise KeyboardInterrupt
    assert not folder.exists()


def test_two_scratch_folders_do_not_meet(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as one, scratch_folder(tmp_path) as other:
        assert one != other


def test_the_folder_of_a_killed_process_can_be_swept(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from keel.backends.scratch import scratch_folder\n"
        "with scratch_folder(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, tmp_path], check=False).returncode == -9
    now = datetime.now(UTC)
    assert sweep_scratch(tmp_path, now - timedelta(hours=1)) == 0
    assert sweep_scratch(tmp_path, now + timedelta(hours=1)) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_a_folder_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match="KEEL_HOME"), scratch_folder(tmp_path / "file"):
        pass


def test_a_full_disk_is_told_whoever_writes(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "model.onnx"))
    with pytest.raises(EnvironmentFailure, match="disk is full"), scratch_folder(tmp_path):
        raise full
    with pytest.raises(FileNotFoundError), scratch_folder(tmp_path):
        (tmp_path / "missing").read_text()
