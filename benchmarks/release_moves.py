"""How soon a move of a release holds in every process of a server, and what kills leave behind.

A real server with two processes, 2,000 requests a second over 64 connections. Every connection is
known by the process that it ended at (Linux's /proc), so a move is over when the last of them has
answered as it says; it is timed from when it was asked for.
"""

import argparse
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

import numpy as np
import polars as pl

from figures import Figure, report, with_sleeping_threads
from keel.clock import system_clock
from keel.releases.begin import begin_release
from keel.releases.find_release import in_flight
from keel.releases.move import go_on_by_hand
from keel.releases.rollback import rollback
from keel.serve.answers.queued_log import MOST
from keel.serve.answers.read_answers import read_answers
from keel.settings import read_settings
from keel.spec.release import parse_steps
from keel.store import Store, open_store
from serving_models import bodies, register_all, train
from steady_load import Heard, children, steady_load

SYSTEM = "bench"
WORKERS, CONNECTIONS, RATE = 2, 64, 2000
KILLS = 5
STEPS = "50% 1h, 100%"
SETTLE_S = 0.5
"""Between moves: longer than a move may take is looked at, so that a late answer is seen."""


def main() -> int:
    """Measure all; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the moves")
    rounds = 4 if parser.parse_args().quick else 40
    with TemporaryDirectory() as folder:
        home = Path(folder)
        store = open_store(read_settings({"KEEL_HOME": str(home)}))
        register_all(home, train(), [SYSTEM], rounds + 1)
        found = [
            *moves(store, home, rounds),
            *a_worker_is_killed(home),
            *all_is_killed(store, home, rounds + 1),
        ]
    return report(found, "Release moves")


def moves(store: Store, home: Path, rounds: int) -> list[Figure]:
    """Canaries of versions that were never loaded, brought to their end, and taken back."""
    made: list[tuple[str, float, int, bool]] = []
    with serving(home) as (server, address), load(server, address) as heard:
        time.sleep(1)
        for number in range(1, rounds + 1):
            for what, version, is_last in one_round(number, number - 1 or rounds + 1):
                made.append((what, time.monotonic(), version, is_last))
                move(store, address, what, number, over_http=number % 2 == 0)
                time.sleep(SETTLE_S)
        answers = heard()
    until = [began_s for _, began_s, _, _ in made[1:]] + [np.inf]
    took = {"begin": [], "go on": [], "rollback": []}
    for (what, began_s, version, is_last), end_s in zip(made, until, strict=True):
        took[what].append(effective_s(answers, began_s, end_s, version, is_last))
    all_s = np.concatenate([np.array(times) for times in took.values()])
    peers = {f"{what} p50 ms": float(np.median(times)) * 1e3 for what, times in took.items()}
    failed = sum(answer.version == 0 for answer in answers)
    latency_s = [answer.at_s - answer.sent_s for answer in answers]
    return [
        Figure(
            "a move in every process, p99, ms",
            float(np.quantile(all_s, 0.99)) * 1e3,
            300,
            "lower",
            peers,
            f"{len(all_s)} moves",
        ),
        Figure("a move in every process, longest, ms", float(all_s.max()) * 1e3, 1000, "lower"),
        Figure(
            "failed requests meanwhile",
            failed,
            0,
            "lower",
            {
                "of": len(answers),
                "p50 ms": float(np.median(latency_s)) * 1e3,
                "p99 ms": float(np.quantile(latency_s, 0.99)) * 1e3,
            },
        ),
    ]


def one_round(number: int, before: int) -> Iterator[tuple[str, int, bool]]:
    """Moves from the champion `before` to `number`: what is done, the version to watch for, and
    whether another may answer no more, or this one has its share."""
    yield "begin", number, False
    yield "go on", number, True
    yield "rollback", before, True
    yield "begin", number, False
    yield "rollback", before, True
    yield "begin", number, False
    yield "go on", number, True


def move(store: Store, address: str, what: str, number: int, *, over_http: bool) -> None:
    """Do it: as the command line does, or over HTTP."""
    if over_http:
        body = {"begin": {"version": number, "steps": STEPS}, "go on": {"go_on": True}}
        path = "rollback" if what == "rollback" else "release"
        post(f"{address}/v1/{SYSTEM}/{path}", body.get(what))
    elif what == "begin":
        steps = parse_steps(STEPS)
        begin_release(store.engine, SYSTEM, number, steps, system_clock, actor="benchmark")
    elif what == "go on":
        go_on_by_hand(store.engine, SYSTEM, system_clock, actor="benchmark")
    else:
        rollback(store.engine, SYSTEM, system_clock, actor="benchmark")


def effective_s(
    answers: list[Heard], began_s: float, end_s: float, version: int, is_last: bool
) -> float:
    """Until every process answered with `version` for the first time; is_last: until none answered
    with another. Infinite when one never did."""
    mine = [answer for answer in answers if began_s <= answer.at_s and answer.sent_s < end_s]
    times = []
    for process in {answer.process for answer in mine}:
        its = [answer for answer in mine if answer.process == process and answer.version]
        right = [answer.at_s for answer in its if answer.version == version]
        wrong = [answer.at_s for answer in its if answer.version != version]
        if not right:
            return np.inf
        times.append(max(wrong, default=began_s) if is_last else min(right))
    return max(times) - began_s


def a_worker_is_killed(home: Path) -> list[Figure]:
    """Requests of the process that is killed fail; those of others and later ones do not."""
    with serving(home) as (server, address), load(server, address) as heard:
        time.sleep(1)
        killed_s = time.monotonic()
        os.kill(workers(server.pid)[0], signal.SIGKILL)
        time.sleep(5)
        answers = heard()
    failed = [answer for answer in answers if answer.version == 0]
    late = sum(answer.at_s > killed_s + 1 for answer in failed)
    peers = {"before": len(failed) - late, "of": len(answers)}
    return [Figure("failed requests 1 s after a process was killed", late, 0, "lower", peers)]


def all_is_killed(store: Store, home: Path, number: int) -> list[Figure]:
    """What was acknowledged is there after kill -9 of every process; answers may be missing.

    number: of a version that is not the champion.
    """
    lost, missing, given = 0, [], []
    for _ in range(KILLS):
        since = system_clock()
        with serving(home) as (server, address), load(server, address) as heard:
            time.sleep(1)
            post(f"{address}/v1/{SYSTEM}/release", {"version": number, "steps": STEPS})
            for process in (server.pid, *children(server.pid)):
                os.kill(process, signal.SIGKILL)
            server.wait()
            given.append(sum(answer.version > 0 for answer in heard()))
        flying = in_flight(store.engine, SYSTEM)
        lost += flying is None or flying.challenger != number or not audited(home, number)
        kept = read_answers(store.settings.answers, SYSTEM, since=since).frame
        missing.append(given[-1] - kept.select(pl.len()).collect().item())
        rollback(store.engine, SYSTEM, system_clock, actor="benchmark")
    return [
        Figure("releases that kill -9 of all processes lost", lost, 0, "lower", {"of": KILLS}),
        Figure(
            "answers that it lost at most",
            max(missing),
            WORKERS * MOST,
            "lower",
            {"of": max(given)},
        ),
    ]


def audited(home: Path, number: int) -> bool:
    """Whether the audit trail ends with the release of version `number`."""
    with closing(sqlite3.connect(home / "keel.db")) as database:
        query = "select action, number from audit order by id desc limit 1"
        return bool(database.execute(query).fetchone() == ("release", number))


@contextmanager
def serving(home: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server and its address."""
    words = [sys.executable, "-m", "keel", "serve", "--port", "0", "--workers", str(WORKERS)]
    environment = {**os.environ, "KEEL_HOME": str(home)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", line := server.stderr.readline())
            assert found, line + server.stderr.read()
            yield server, found[0]
        finally:
            server.kill()


@contextmanager
def load(server: "subprocess.Popen[str]", address: str) -> Iterator[Callable[[], list[Heard]]]:
    """Constant load of one row a request."""
    body = json.dumps(bodies(1)[0])
    host, _, port = address.removeprefix("http://").partition(":")
    head = f"POST /v1/{SYSTEM}/predict HTTP/1.1\r\nHost: {host}\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    with steady_load((host, int(port)), server.pid, request, CONNECTIONS, RATE) as heard:
        yield heard


def workers(server: int) -> list[int]:
    """The processes that answer."""
    return [
        process
        for process in children(server)
        if b"keel.api.worker" in Path(f"/proc/{process}/cmdline").read_bytes()
    ]


def post(url: str, body: dict[str, object] | None) -> None:
    """Ask for a move; raises when it is refused."""
    request = Request(url, None if body is None else json.dumps(body).encode(), method="POST")
    with urlopen(request, timeout=30) as response:
        assert response.status == 200


if __name__ == "__main__":
    with_sleeping_threads()
    sys.exit(main())
