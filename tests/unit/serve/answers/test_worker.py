import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from keel.serve.answers.segment import Segment
from keel.serve.answers.worker import become_worker, recover

SCHEMA = pa.schema([("id", pa.large_string())])


def write(root: Path, worker: str) -> Path:
    segment = Segment(root / "fraud" / "1" / f"{0:020d}-{worker}.arrow", SCHEMA)
    segment.write(pa.RecordBatch.from_pydict({"id": ["a"]}, schema=SCHEMA))
    return segment.path


def test_what_the_living_write_is_left_alone(tmp_path: Path) -> None:
    worker = become_worker(tmp_path)
    path = write(tmp_path, worker.name)
    assert recover(tmp_path) == 0
    assert path.exists()
    worker.leave()
    assert recover(tmp_path) == 1
    assert not path.exists()
    assert path.with_suffix(".parquet").exists()


def test_what_a_killed_process_left_is_sealed_and_its_lock_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = (
        "import sys, os, pathlib; from keel.serve.answers.worker import become_worker; "
        "print(become_worker(pathlib.Path(sys.argv[1])).name, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    name = done.stdout.strip()
    path = write(tmp_path, name)
    with path.open("ab") as file:
        file.write(b"\xff\xff\xff\xff torn")
    assert recover(tmp_path) == 1
    assert list((tmp_path / ".workers").iterdir()) == []
    assert "ended in 9 bytes of a batch that was never finished" in caplog.text
    assert recover(tmp_path) == 0


def test_workers_have_names_of_their_own(tmp_path: Path) -> None:
    workers = [become_worker(tmp_path) for _ in range(3)]
    assert len({worker.name for worker in workers}) == 3
    for worker in workers:
        worker.leave()
    assert os.listdir(tmp_path / ".workers") == []


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "fraud" / "1" / "reference.arrow"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert recover(tmp_path) == 0
    assert path.exists()
