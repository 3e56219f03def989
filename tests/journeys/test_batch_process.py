"""A real server and a client that sends all of its rows before it reads an answer."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from keel.registry.record import Record
from tiny_systems import add, open_tiny_store, petals

KEEL = [sys.executable, "-W", "error", "-m", "keel"]
BLOCKS, BLOCK_ROWS = 60, 1000
MEMORY_KB = 64 * 1024
"""What a batch may take beside the server itself."""


@pytest.fixture
def server(
    tmp_path: Path, make_record: Callable[..., Record]
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    store = open_tiny_store(tmp_path)
    add(store, "petals", petals(), make_record=make_record)
    store.engine.dispose()
    words = [*KEEL, "serve", "--port", "0"]
    environment = {**os.environ, "KEEL_HOME": str(tmp_path)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := process.stderr.readline())
            assert found, line + process.stderr.read()
            yield process, found[0]
        finally:
            process.kill()


def memory_kb(process: "subprocess.Popen[str]") -> int:
    status = Path(f"/proc/{process.pid}/status")
    if not status.is_file():
        pytest.skip("the memory of a process is read from /proc")
    found = re.search(r"VmHWM:\s*(\d+)", status.read_text())
    assert found
    return int(found[1])


def test_a_long_batch_is_answered_in_little_memory(
    server: tuple["subprocess.Popen[str]", str],
) -> None:
    process, address = server
    block = b'{"length": 2.125, "width": 0.5}\n' * BLOCK_ROWS
    with httpx.Client(base_url=address, timeout=60) as client:
        client.post("/v1/petals/batch", content=block)
        before_kb = memory_kb(process)
        bodies = (block for _ in range(BLOCKS))
        with client.stream("POST", "/v1/petals/batch", content=bodies) as response:
            answers = list(response.iter_lines())
        assert len(answers) == BLOCKS * BLOCK_ROWS
        assert {json.loads(answer)["prediction"] for answer in set(answers)} == {"large"}
        assert memory_kb(process) - before_kb < MEMORY_KB
