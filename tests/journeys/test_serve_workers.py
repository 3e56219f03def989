"""Several processes behind one port: killed, started again, and stopped together."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from keel.registry.record import Record
from tiny_systems import add, open_tiny_store, petals

KEEL = [sys.executable, "-W", "error", "-c", "from keel.__main__ import start; start()"]
PETAL = {"length": 2, "width": 0}

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")


@pytest.fixture
def home(tmp_path: Path, make_record: Callable[..., Record]) -> Path:
    store = open_tiny_store(tmp_path)
    add(store, "petals", petals(), make_record=make_record)
    store.engine.dispose()
    return tmp_path


@contextmanager
def serving(home: Path, workers: int) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    words = [*KEEL, "serve", "--port", "0", "--workers", str(workers)]
    environment = {**os.environ, "KEEL_HOME": str(home)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := server.stderr.readline())
            assert found, line + server.stderr.read()
            yield server, found[0]
        finally:
            server.kill()


def children(process: int) -> list[int]:
    return [
        int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def gone(process: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True


def until(what: Callable[[], bool], within_s: float = 20) -> None:
    end_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def ask(address: str) -> int:
    # A connection of its own: it may be taken by any of the processes.
    return httpx.post(f"{address}/v1/petals/predict", json=PETAL).status_code


def test_a_process_that_is_killed_is_replaced_and_the_others_go_on(home: Path) -> None:
    with serving(home, 2) as (server, address):
        first, second = children(server.pid)
        os.kill(first, signal.SIGKILL)
        until(lambda: gone(first))
        assert {ask(address) for _ in range(20)} == {200}
        until(lambda: len(children(server.pid)) == 2 and first not in children(server.pid))
        assert second in children(server.pid)
        assert {ask(address) for _ in range(20)} == {200}
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0


def test_processes_do_not_outlive_the_one_that_started_them(home: Path) -> None:
    with serving(home, 2) as (server, address):
        assert ask(address) == 200
        started = children(server.pid)
        server.kill()
        server.wait()
        for process in started:
            until(lambda process=process: gone(process))


def test_a_request_in_work_is_answered_before_the_end(home: Path) -> None:
    with serving(home, 1) as (server, address), httpx.Client(base_url=address) as client:
        assert client.post("/v1/petals/predict", json=PETAL).status_code == 200
        lines = iter([b'{"length": 2, "width": 0}\n'] * 3)

        def slowly() -> Iterator[bytes]:
            for line in lines:
                yield line
                if not stopped:
                    server.send_signal(signal.SIGTERM)
                    stopped.append(True)
                time.sleep(0.2)

        stopped: list[bool] = []
        headers = {"content-type": "application/x-ndjson"}
        answered = client.post("/v1/petals/batch", content=slowly(), headers=headers)
        assert answered.status_code == 200
        assert len(answered.text.splitlines()) == 3
        assert server.wait(20) == 0


def test_a_second_server_at_the_same_port_is_refused(home: Path) -> None:
    with serving(home, 1) as (_, address):
        port = address.rpartition(":")[2]
        refused = subprocess.run(
            [*KEEL, "serve", "--port", port],
            env={**os.environ, "KEEL_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert refused.returncode == 3
        assert f"cannot listen on 127.0.0.1 port {port}" in refused.stderr
