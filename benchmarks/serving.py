"""Requests a processor second of the server, against a raw ASGI application on the same graph.

One row of 30 numbers, LightGBM with 200 trees. The server has one processor and the load another;
all that Keel does on the way is on: routing, checks, metrics and the answer log. `--peers` adds
MLServer and `mlflow models serve`, which `make bench-peers` installs.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from figures import Figure, report
from keel.clock import system_clock
from keel.releases.begin import begin_release
from keel.releases.rollback import rollback
from keel.serve.answers.read_answers import read_answers
from keel.settings import read_settings
from keel.spec.release import parse_steps
from keel.store import open_store
from keel.train.export.exported import Exported
from serving_models import bodies, register_all, train
from serving_peers import BARS, installed, prepare

HERE = Path(__file__).parent
SERVER, LOAD = 0, 1
"""Processors."""

RAW_BAR = 0.6
TAIL_BAR = 1.5
MANY_BAR = 1.1
SHADOW_BAR = 1.1
SETTLE_S = 2.0
MANY, VERSIONS = 100, 10
OPEN_SHARE = 0.6


@dataclass(frozen=True)
class Server:
    """A server that answers at `port`: its process, and the paths to ask in turn."""

    name: str
    pid: int
    port: int
    paths: tuple[str, ...]
    bodies: Path


def main() -> int:
    """Print ratios; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter, and without many systems")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments")
    given = parser.parse_args()
    rounds, seconds = (3, 2.0) if given.quick else (given.rounds, given.seconds)
    if len(os.sched_getaffinity(0)) < 2:
        print("needs two processors: one for the server, one for the load")
        return 0
    with tempfile.TemporaryDirectory() as where, ExitStack() as stack:
        work = Path(where)
        exported = train()
        asked = work / "bodies.json"
        asked.write_text(json.dumps(bodies()))
        raw, keel = (
            stack.enter_context(serving(work / name, name, exported, 1, asked))
            for name in ("raw", "keel")
        )
        figures = compare(raw, keel, rounds, seconds)
        figures.append(shadowed(work / "shadow", exported, asked, rounds, seconds))
        if not given.quick:
            figures.append(many(work, exported, asked, rounds, seconds))
        if given.peers:
            figures += [
                against(name, given.peers, work / name, keel, rounds, seconds)
                for name in installed(given.peers)
            ]
    return report(figures, "Serving")


def compare(raw: Server, keel: Server, rounds: int, seconds: float) -> list[Figure]:
    """Closed loop in turn, then open loop at a share of what each can do."""
    found = [(measure(raw, seconds), measure(keel, seconds)) for _ in range(rounds)]
    ratio = statistics.median(
        k["per_processor_second"] / r["per_processor_second"] for r, k in found
    )
    mine, its = (
        statistics.median(run[side]["per_processor_second"] for run in found) for side in (1, 0)
    )
    figures = [
        Figure(
            "one row, 200 trees: requests/processor s, times raw ASGI's",
            ratio,
            RAW_BAR,
            "higher",
            {"keel": mine, "raw": its},
        )
    ]
    tails = []
    for _ in range(rounds):
        tail = {}
        for side, server in enumerate((raw, keel)):
            rate = OPEN_SHARE * statistics.median(run[side]["per_second"] for run in found)
            run = measure(server, seconds, rate=rate)
            tail[server.name] = run["p99_ms"] / run["p50_ms"]
            tail[f"{server.name} p99 ms"] = run["p99_ms"]
        tails.append(tail)
    middle = sorted(tails, key=lambda tail: tail["keel"] / tail["raw"])[len(tails) // 2]
    figures.append(
        Figure(
            "Poisson arrivals at 60 %: p99/p50, times raw ASGI's",
            middle["keel"] / middle["raw"],
            TAIL_BAR,
            "lower",
            middle,
        )
    )
    return figures


def many(
    work: Path,
    exported: Exported,
    asked: Path,
    rounds: int,
    seconds: float,
) -> Figure:
    """What a request costs among many systems, beside the same sessions called bare."""
    with ExitStack() as stack:
        raws, keels = (
            stack.enter_context(serving(work / f"{name}-many", name, exported, MANY, asked))
            for name in ("raw", "keel")
        )
        found = []
        for _ in range(rounds):
            mine, its = (1e6 / measure(s, seconds)["per_processor_second"] for s in (keels, raws))
            found.append((mine / its, mine, its))
    ratio, mine, its = sorted(found)[len(found) // 2]
    return Figure(
        f"{MANY} systems of {MANY * VERSIONS:,} versions: processor time, times bare",
        ratio,
        MANY_BAR,
        "lower",
        {"keel us": mine, "bare us": its},
    )


def shadowed(home: Path, exported: Exported, asked: Path, rounds: int, seconds: float) -> Figure:
    """What a version in shadow does to the answers of the other, at 60 % of what that can do."""
    register_all(home, exported, ["bench0"], 2)
    store = open_store(read_settings({"KEEL_HOME": str(home)}))
    steps = parse_steps("shadow 1d, 100%")
    said = {"clock": system_clock, "actor": "benchmark"}
    found = []
    with ExitStack() as stack:
        stack.callback(store.engine.dispose)
        server = stack.enter_context(serving(home, "keel", exported, 1, asked, registered=True))
        rate = OPEN_SHARE * measure(server, seconds)["per_second"]
        for _ in range(rounds):
            alone = measure(server, seconds, rate=rate)
            begin_release(store.engine, "bench0", 1, steps, **said)
            _until_shadowed(server, home)
            beside = measure(server, seconds, rate=rate)
            rollback(store.engine, "bench0", **said)
            time.sleep(SETTLE_S)
            found.append((beside["p99_ms"] / alone["p99_ms"], beside["p99_ms"], alone["p99_ms"]))
    ratio, beside_ms, alone_ms = sorted(found)[len(found) // 2]
    return Figure(
        "a version in shadow, at 60 %: live p99, times without",
        ratio,
        SHADOW_BAR,
        "lower",
        {"with ms": beside_ms, "without ms": alone_ms},
    )


def _until_shadowed(server: Server, home: Path) -> None:
    """Wait until the version in shadow answers too."""
    until_s = time.monotonic() + 60
    while True:
        answering(server)
        arms = read_answers(home / "answers", "bench0").frame.tail(1000).collect()["arm"]
        if "shadow" in arms.to_list() or time.monotonic() > until_s:
            return
        time.sleep(0.2)


def against(
    name: str, peers: Path, home: Path, keel: Server, rounds: int, seconds: float
) -> Figure:
    """Keel against another server."""
    port = free_port()
    peer = prepare(peers, name, home, port, bodies())
    programs = str((peers / name / "bin").absolute())
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": ""}
    with started(peer.words, environment, port, home) as pid:
        other = Server(name, pid, port, (peer.path,), peer.bodies)
        answering(other)
        found = [(measure(other, seconds), measure(keel, seconds)) for _ in range(rounds)]
    its, mine = (
        statistics.median(run[side]["per_processor_second"] for run in found) for side in (0, 1)
    )
    return Figure(
        f"one row, 200 trees: requests/processor s, times {name}'s",
        mine / its,
        BARS[name],
        "higher",
        {"keel": mine, name: its},
    )


def answering(server: Server) -> None:
    """Wait until the server answers: some listen before they have loaded anything."""
    body = json.dumps(json.loads(server.bodies.read_text())[0]).encode()
    until_s = time.monotonic() + 120
    while True:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{server.port}{server.paths[0]}",
            body,
            {"Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(asked, timeout=10).close()
            return
        except OSError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.5)


def measure(server: Server, seconds: float, rate: float | None = None) -> dict[str, float]:
    """What the load says."""
    words = ["--port", str(server.port), "--pid", str(server.pid), "--seconds", str(seconds)]
    words += ["--paths", ",".join(server.paths), "--bodies", str(server.bodies)]
    words += [] if rate is None else ["--rate", str(rate)]
    done = subprocess.run(
        [sys.executable, str(HERE / "serving_load.py"), *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {LOAD}),
    )
    found: dict[str, float] = json.loads(done.stdout)
    if found["failed"]:
        raise SystemExit(f"{server.name} failed {found['failed']:.0f} requests")
    return found


@contextmanager
def serving(
    home: Path,
    name: str,
    exported: Exported,
    systems: int,
    asked: Path,
    *,
    registered: bool = False,
) -> Iterator[Server]:
    """The server of that name, with so many systems. registered: they are already."""
    names = [f"bench{number}" for number in range(systems)]
    port = free_port()
    environment = os.environ | {"KEEL_HOME": str(home), "OMP_NUM_THREADS": "1"}
    if name == "keel":
        if not registered:
            register_all(home, exported, names, VERSIONS if systems > 1 else 1)
        words = ["-m", "keel", "serve", "--port", str(port)]
        paths = [f"/v1/{system}/predict" for system in names]
    else:
        home.mkdir()
        for system in names:
            (home / f"{system}.onnx").write_bytes(exported.model)
        words = [str(HERE / "serving_raw.py"), "--port", str(port), "--models", str(home)]
        paths = [f"/{system}" for system in names]
    with started([sys.executable, *words], environment, port, home) as pid:
        server = Server(name, pid, port, tuple(paths), asked)
        answering(server)
        yield server


@contextmanager
def started(
    words: Sequence[str], environment: dict[str, str], port: int, home: Path
) -> Iterator[int]:
    """A process on the server's processor that listens at `port`."""
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            words,
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER}),
        )
        try:
            until_s = time.monotonic() + 120
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until_s:
                        raise SystemExit((home / "server.log").read_text()) from None
                    time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    raise SystemExit(main())
