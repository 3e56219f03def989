"""Processes that ingest events and read figures at once, and are killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from online_workers import ask, opened, payments

from redis_process import RedisProcess


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'online.db'}"
        return
    server = RedisProcess(tmp_path)
    server.start()
    yield server.url
    server.kill()


def start(act: str, url: str, *numbers: int) -> "subprocess.Popen[str]":
    words = [sys.executable, str(Path(__file__).with_name("online_workers.py")), act, url]
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        [*words, *map(str, numbers)], stdout=subprocess.PIPE, text=True, env=environment
    )


def test_a_writer_killed_in_mid_write_loses_nothing_it_acknowledged(url: str) -> None:
    writer = start("write", url, 0, 10**6, 70, 3)
    assert writer.stdout is not None
    acknowledged = 0
    for line in writer.stdout:
        acknowledged = int(line)
        if acknowledged > 3000:
            writer.kill()
    writer.wait()
    writer.stdout.close()
    features = opened(url)
    there = sum(count for count, _ in ask(features, 3))
    assert there in (acknowledged, acknowledged + 70)
    again = features.write("payments", payments(0, 7000, 3), [b"live"] * 7000)
    assert (again.repeated, again.new) == (there, 7000 - there)
    assert sum(count for count, _ in ask(features, 3)) == 7000


def test_processes_ingest_backfill_and_read_at_once(url: str) -> None:
    workers = [
        start("write", url, 0, 3000, 37, 3),
        start("write", url, 1500, 4500, 41, 3),
        start("fill", url, 3000, 9000, 3),
        start("read", url, 3, 9000),
    ]
    for worker in workers:
        worker.communicate(timeout=120)
        assert worker.returncode == 0
    found = ask(opened(url), 3)
    assert [count for count, _ in found] == [3000.0] * 3
    backfilled = sum(total for _, total in found) - 9000
    assert 4 * 4500 <= backfilled <= 4 * 6000
