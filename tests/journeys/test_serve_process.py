"""A real server: started, asked, its champion changed from another process, and stopped."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from keel.registry.record import Record
from tiny_systems import add, loans, open_tiny_store, petals

KEEL = [sys.executable, "-W", "error", "-c", "from keel.__main__ import start; start()"]
PETAL = {"length": 2, "width": 0}
HEAVY = ("sklearn", "lightgbm", "optuna", "scipy", "pandas", "onnx", "torch")


@pytest.fixture
def home(tmp_path: Path, make_record: Callable[..., Record]) -> Path:
    store = open_tiny_store(tmp_path)
    for system, exported in (("petals", petals()), ("petals", petals(1)), ("loans", loans())):
        add(store, system, exported, make_record=make_record)
    store.engine.dispose()
    return tmp_path


def keel(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*KEEL, *words], env=environment(home), capture_output=True, text=True, timeout=60
    )


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "KEEL_HOME": str(home)}


@contextmanager
def serving(home: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process of a server and its address."""
    words = [*KEEL, "serve", "--port", "0"]
    with subprocess.Popen(
        words, env=environment(home), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := server.stderr.readline())
            assert found, line + server.stderr.read()
            yield server, found[0]
        finally:
            server.kill()


def test_a_rollback_elsewhere_takes_effect_while_others_ask_and_a_stop_is_clean(home: Path) -> None:
    with serving(home) as (server, address):
        with httpx.Client(base_url=address) as client:
            assert client.get("/v2/health/ready").json()["ready"]
            assert client.post("/v1/petals/predict", json=PETAL).json()["version"] == 2
            statuses: list[int] = []
            stopped = threading.Event()

            def ask() -> None:
                with httpx.Client(base_url=address) as another:
                    while not stopped.is_set():
                        response = another.post("/v1/petals/predict", json=PETAL)
                        statuses.append(response.status_code)

            asking = threading.Thread(target=ask)
            asking.start()
            rolled_back = keel(home, "rollback", "petals")
            assert rolled_back.returncode == 0, rolled_back.stderr
            until_s = time.monotonic() + 10
            while client.post("/v1/petals/predict", json=PETAL).json()["version"] != 1:
                assert time.monotonic() < until_s
                time.sleep(0.02)
            stopped.set()
            asking.join()
            assert set(statuses) == {200}
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) == 0
        assert server.stderr is not None
        assert "Traceback" not in server.stderr.read()


def test_an_interrupt_ends_it_with_130(home: Path) -> None:
    with serving(home) as (server, address):
        assert httpx.get(f"{address}/v2/health/live").status_code == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(15) == 130


def test_a_host_that_others_reach_is_refused_with_2(home: Path) -> None:
    refused = keel(home, "serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 2
    assert "--insecure" in refused.stderr


def test_serving_loads_no_library_that_learns(home: Path) -> None:
    program = f"""
import asyncio, sys
from keel.api import server, worker
from keel.api.app import create_app
from keel.serve.predict import predict
from keel.serve.runtime import Runtime
from keel.store import open_store

store = open_store()
runtime = Runtime(store.engine, store.blobs)
create_app(runtime)
runtime.refresh()
assert all(standing.served for standing in runtime.standings.values())
predict(runtime, "petals", b'{{"length": 1, "width": 1}}')
predict(runtime, "loans", b'{{"amount": 1, "channel": "a", "new": 1, "at": 0, "note": "b"}}')
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & set({HEAVY!r})))
"""
    words = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(
        words, env=environment(home), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
