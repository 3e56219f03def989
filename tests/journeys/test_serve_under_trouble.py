"""A real server while what it stands on fails, and clients ask for what no name can be."""

import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from keel.clock import system_clock
from keel.registry.record import Record
from keel.releases.begin import begin_release
from keel.releases.rollback import rollback
from keel.serve.answers.read_answers import read_answers
from keel.spec.release import parse_steps
from keel.store import Store
from tiny_systems import add, damage, open_tiny_store, petals, write_model

KEEL = [sys.executable, "-W", "error", "-c", "from keel.__main__ import start; start()"]
PETAL = {"length": 2, "width": 0}
DECLARED = {
    "system": "petals",
    "data": {"petals": {"table": "petals.csv"}},
    "label": {"column": "kind"},
    "promises": ["accuracy >= 0.8"],
}
ODD_NAMES = (
    b"..%2f..%2fkeel.db",
    b"%2e%2e",
    b"..",
    b"%2fetc%2fpasswd",
    b"petals%00",
    b"petals%0d%0aX-Is: mine",
    b"%ff%fe",
    b"%",
    b"petals;a",
    b"\xc3\xa4",
    b"a" * 60_000,
)


@pytest.fixture
def store(tmp_path: Path, make_record: Callable[..., Record]) -> Iterator[Store]:
    store = open_tiny_store(tmp_path)
    for seed in (0, 1):
        record = partial(make_record, declaration=DECLARED)
        add(store, "petals", petals(seed), make_record=record, at_once=False)
    yield store
    store.engine.dispose()


class Server:
    """A server in a process, and what it says on stderr."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = process
        self.address = address
        self.said = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def predict(self) -> int:
        """The version that answers."""
        answer = httpx.post(f"{self.address}/v1/petals/predict", json=PETAL)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["version"])

    def problems(self) -> dict[str, str]:
        """What readiness says; it must be ready."""
        answer = httpx.get(f"{self.address}/v2/health/ready")
        assert answer.status_code == 200, answer.text
        problems: dict[str, str] = answer.json()["problems"]
        return problems

    def number(self, name: str) -> float:
        """Of /metrics, its first line."""
        text = httpx.get(f"{self.address}/metrics").text
        found = re.search(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        assert found, text
        return float(found[1])

    def workers(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in listed.read_text().split()]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line


@contextmanager
def serving(store: Store) -> Iterator[Server]:
    words = [*KEEL, "serve", "--port", "0"]
    environment = {**os.environ, "KEEL_HOME": str(store.settings.home)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := process.stderr.readline())
            assert found, line + process.stderr.read()
            yield Server(process, found[0])
        finally:
            process.terminate()
            process.wait(20)


def until(what: Callable[[], bool], within_s: float = 20) -> None:
    end_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def release_whole(store: Store) -> None:
    steps = parse_steps("100%")
    begin_release(store.engine, "petals", 2, steps, system_clock, actor="ada")


def test_a_corrupt_version_is_told_and_the_one_before_answers_on(store: Store) -> None:
    with closing(sqlite3.connect(store.settings.home / "keel.db")) as database:
        (digest,) = database.execute("select digest from versions where number = 2").fetchone()
    second = Corrupt(digest)
    content = damage(store, second)
    with serving(store) as server:
        release_whole(store)
        until(lambda: "petals" in server.problems())
        assert server.predict() == 1
        assert server.number("keel_problem") == 1
        until(lambda: "petals@2 cannot be loaded" in server.said)
        write_model(store, second, content)
        until(lambda: server.predict() == 2)
        assert server.problems() == {}
        assert server.number("keel_problem") == 0


def test_a_database_that_is_away_changes_no_answer_and_is_taken_up_again(store: Store) -> None:
    database = store.settings.home / "keel.db"
    away = database.with_name("away.db")
    with serving(store) as server:
        assert server.predict() == 1
        database.rename(away)
        until(lambda: "" in server.problems())
        assert server.predict() == 1
        assert server.number("keel_routing_trouble") == 1
        assert not database.exists(), "an empty one in its place would be taken for it"
        until(lambda: "cannot be looked up" in server.said)
        away.rename(database)
        release_whole(store)
        until(lambda: server.predict() == 2)
        assert server.problems() == {}


def test_a_disk_that_is_full_stops_no_answer_and_the_log_goes_on_after_it(store: Store) -> None:
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs Linux's prlimit")
    with serving(store) as server:
        (worker,) = server.workers()
        usual = resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for _ in range(5):
            server.predict()
        until(lambda: "the answer log cannot be written" in server.said)
        assert server.predict() == 1
        resource.prlimit(worker, resource.RLIMIT_FSIZE, usual)
        until(lambda: "the answer log goes on" in server.said)
    kept = read_answers(store.settings.answers, "petals").frame.collect()
    assert len(kept) == 6, "what waited was written"


def test_names_that_no_system_can_have_are_refused(store: Store) -> None:
    with serving(store) as server:
        port = int(server.address.rpartition(":")[2])
        for name in ODD_NAMES:
            for path in (
                b"/v1/%s/predict",
                b"/v2/models/%s/infer",
                b"/v2/models/petals/versions/%s",
            ):
                status = post_raw(port, path % name)
                assert status in (400, 404, 405, 414, 431), (name[:40], path, status)
        assert server.predict() == 1
        assert "Traceback" not in server.said


def test_two_servers_make_each_move_once(store: Store) -> None:
    with serving(store) as first, serving(store) as second:
        steps = parse_steps("50% 1s, 100%")
        begin_release(store.engine, "petals", 2, steps, system_clock, actor="ada")
        # Nobody asks, so there is nothing to go by: longer, longer again, then a person.
        until(lambda: "release asks" in moves(store))
        assert moves(store) == ["release", "release extended", "release extended", "release asks"]
        rollback(store.engine, "petals", system_clock, actor="ada")
        for server in (first, second):
            until(lambda server=server: {server.predict() for _ in range(8)} == {1})
            assert "Traceback" not in server.said


def test_who_comes_while_it_stops_is_refused_at_once(store: Store) -> None:
    with serving(store) as server, httpx.Client(base_url=server.address) as client:

        def slowly() -> Iterator[bytes]:
            yield b'{"length": 2, "width": 0}\n'
            # A connection without a request is closed at once: the request must have come in.
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            until(lambda: is_refused(server.address))
            yield b'{"length": 1, "width": 0}\n'

        headers = {"content-type": "application/x-ndjson"}
        answered = client.post("/v1/petals/batch", content=slowly(), headers=headers)
        assert len(answered.text.splitlines()) == 2
        assert server.process.wait(20) == 0


class Corrupt:
    """What `damage` asks of a version."""

    def __init__(self, digest: str) -> None:
        self.digest = digest


def moves(store: Store) -> list[str]:
    with closing(sqlite3.connect(store.settings.home / "keel.db")) as database:
        query = "select action from audit where action like 'release%' order by id"
        return [action for (action,) in database.execute(query)]


def is_refused(address: str) -> bool:
    port = int(address.rpartition(":")[2])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return False
    except ConnectionRefusedError:
        return True


def post_raw(port: int, path: bytes) -> int:
    """The status of a request whose path no client would let through."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        body = b'{"length": 2, "width": 0}'
        head = b"POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (path, len(body)) + body)
        return int(connection.recv(4096).split(b" ", 2)[1])
