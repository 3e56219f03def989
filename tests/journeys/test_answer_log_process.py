"""Real servers that keep their answers: killed, two at once, and on a full disk."""

import os
import re
import resource
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
from keel.serve.answers.read_answers import read_answers
from keel.serve.answers.segment import OPEN
from tiny_systems import add, open_tiny_store, petals

KEEL = [sys.executable, "-W", "error", "-c", "from keel.__main__ import start; start()"]
LINUX = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="processes are found by /proc")
PETAL = {"length": 2, "width": 0, "petal": "p7"}
DECLARED = {"data": {"petals": {"table": "petals.csv", "key": "petal"}}, "private": {}}


@pytest.fixture
def home(tmp_path: Path, make_record: Callable[..., Record]) -> Path:
    store = open_tiny_store(tmp_path)
    add(store, "petals", petals(), make_record=make_record, declaration=DECLARED)
    store.engine.dispose()
    return tmp_path


@contextmanager
def serving(home: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process of a server and its address."""
    with subprocess.Popen(
        [*KEEL, "serve", "--port", "0"],
        env={**os.environ, "KEEL_HOME": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        try:
            said = ""
            while (found := re.search(r"http://127\.0\.0\.1:\d+", said)) is None:
                line = server.stderr.readline()
                assert line, said
                said += line
            yield server, found[0]
        finally:
            server.kill()


def workers_of(server: "subprocess.Popen[str]") -> list[int]:
    """The processes that answer."""
    found = Path(f"/proc/{server.pid}/task").glob("*/children")
    return [int(process) for children in found for process in children.read_text().split()]


def ask(address: str, times: int) -> list[str]:
    """The ids of requests that were answered."""
    with httpx.Client(base_url=address) as client:
        answers = [client.post("/v1/petals/predict", json=PETAL).json() for _ in range(times)]
    return [answer["request_id"] for answer in answers]


def logged(home: Path) -> list[str]:
    return read_answers(home / "answers", "petals").frame.collect()["request_id"].to_list()


def stop(server: "subprocess.Popen[str]") -> str:
    """What it said."""
    server.send_signal(signal.SIGTERM)
    assert server.wait(15) == 0
    assert server.stderr is not None
    return server.stderr.read()


@LINUX
def test_a_killed_server_leaves_what_it_wrote_and_the_next_one_seals_it(home: Path) -> None:
    with serving(home) as (server, address):
        first = ask(address, 100)
        _wait(lambda: len(logged(home)) == 100)
        more: list[str] = []
        stopped = threading.Event()

        def go_on() -> None:
            while not stopped.is_set():
                try:
                    more.extend(ask(address, 1))
                except httpx.HTTPError:
                    return

        asking = [threading.Thread(target=go_on) for _ in range(2)]
        for thread in asking:
            thread.start()
        _wait(lambda: len(logged(home)) > 150)
        for process in (*workers_of(server), server.pid):
            os.kill(process, signal.SIGKILL)
        stopped.set()
        for thread in asking:
            thread.join()
    (segment,) = home.rglob(f"answers/petals/1/*{OPEN}")
    with segment.open("ab") as file:
        file.write(segment.read_bytes()[:-1][-300:])
    with serving(home) as (server, address):
        assert not segment.exists()
        last = ask(address, 1)
        stop(server)
    found = logged(home)
    assert found[:100] == first
    assert found[-1] == last[0]
    assert len(found) == len(set(found))
    # What was answered but not written yet is lost; it is far less than the queue holds.
    lost = set(more) - set(found)
    assert len(lost) < len(more)
    assert len(set(found) - set(more) - set(first) - set(last)) <= len(asking)
    frame = read_answers(home / "answers", "petals").frame.collect()
    assert set(frame["asked.petal"]) == {"p7"}
    assert frame["feature.length"].null_count() == 0


def test_two_servers_write_side_by_side(home: Path) -> None:
    with serving(home) as (one, here), serving(home) as (other, there):
        ids = [*ask(here, 20), *ask(there, 20), *ask(here, 5)]
        _wait(lambda: len(logged(home)) == 45)
        stop(one)
        stop(other)
    assert logged(home) == ids
    assert not list(home.rglob("answers/petals/1/*.arrow"))


@LINUX
def test_a_full_disk_stops_no_answer_and_the_log_goes_on_when_there_is_space(home: Path) -> None:
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    with serving(home) as (server, address):
        for process in workers_of(server):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (40_000, most))
        ids = ask(address, 400)
        # Whatever pauses the writer makes, it has tried by then.
        time.sleep(2.5)
        held = logged(home)
        assert held == ids[: len(held)]
        assert len(held) < len(ids)
        ids += ask(address, 20)
        for process in workers_of(server):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))
        _wait(lambda: len(logged(home)) == len(ids))
        said = stop(server)
    assert said.count("the answer log cannot be written") == 1
    assert said.count("the answer log goes on") == 1
    assert logged(home) == ids


def _wait(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.02)
