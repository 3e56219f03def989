"""gRPC requests a processor second of the server, against a bare grpcio server on the same graph.

One row of 30 numbers as 30 raw tensors, as Triton's client sends them; LightGBM with 200 trees. The
server has one processor and the load another; the answer log is on. `--peers` adds MLServer, which
`make bench-peers` installs, asked with the same columns; how quick it is with one tensor of all
numbers, which has no names, stands beside it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from figures import Figure, report
from keel.api.grpc_messages import methods
from serving import HERE, LOAD, free_port, started
from serving_models import bodies, register_all, train
from serving_peers import prepare

BARE_BAR = 0.5
MLSERVER_BAR = 3.0
MODEL = "bench"


def main() -> int:
    """Print ratios; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments")
    given = parser.parse_args()
    rounds, seconds = (3, 2.0) if given.quick else (given.rounds, given.seconds)
    if len(os.sched_getaffinity(0)) < 2:
        print("needs two processors: one for the server, one for the load")
        return 0
    with tempfile.TemporaryDirectory() as where:
        work = Path(where)
        exported = train()
        for name, asked in (
            ("columns", requests()),
            ("named", for_mlserver(one_tensor=False)),
            ("table", for_mlserver(one_tensor=True)),
        ):
            (work / name).write_text("\n".join(request.hex() for request in asked))
        with (
            bare(work / "bare", exported.model) as (bare_pid, bare_port),
            keel(work / "keel", exported) as (keel_pid, keel_port),
        ):
            found = [
                (
                    measure(bare_pid, bare_port, work, seconds),
                    measure(keel_pid, keel_port, work, seconds),
                )
                for _ in range(rounds)
            ]
        figures = [against_bare(found)]
        if given.peers:
            with mlserver(work / "mlserver", given.peers) as (pid, port):
                its = {name: measure(pid, port, work, seconds, name) for name in ("named", "table")}
            figures.append(against_mlserver(found, its))
    return report(figures, "gRPC")


def against_bare(found: list[tuple[float, float]]) -> Figure:
    """Requests a processor second, the bare server's first."""
    ratio = statistics.median(mine / its for its, mine in found)
    its, mine = (statistics.median(run[side] for run in found) for side in (0, 1))
    return Figure(
        "gRPC, one row, 200 trees: requests/processor s, times bare grpcio's",
        ratio,
        BARE_BAR,
        "higher",
        {"keel": mine, "bare": its},
    )


def against_mlserver(found: list[tuple[float, float]], its: dict[str, float]) -> Figure:
    """The same beside MLServer, asked with the same columns."""
    mine = statistics.median(run[1] for run in found)
    return Figure(
        "gRPC, 30 named columns: requests/processor s, times MLServer's",
        mine / its["named"],
        MLSERVER_BAR,
        "higher",
        {"keel": mine, "MLServer": its["named"], "MLServer, one tensor": its["table"]},
    )


def requests() -> list[bytes]:
    """Rows as messages."""
    found = []
    for row in bodies():
        request = methods()["ModelInfer"].request(model_name=MODEL)
        for name, value in row.items():
            request.inputs.add(name=name, datatype="FP32", shape=[1, 1])
            request.raw_input_contents.append(np.float32(value).tobytes())
        found.append(request.SerializeToString())
    return found


def for_mlserver(*, one_tensor: bool) -> list[bytes]:
    """The same as MLServer takes it: columns by their names, or all numbers as one tensor."""
    found = []
    for row in bodies():
        request = methods()["ModelInfer"].request(model_name=MODEL)
        columns = {"rows": list(row.values())} if one_tensor else {n: [v] for n, v in row.items()}
        if not one_tensor:
            request.parameters["content_type"].string_param = "pd"
        for name, values in columns.items():
            request.inputs.add(name=name, datatype="FP32", shape=[1, len(values)])
            request.raw_input_contents.append(np.float32(values).tobytes())
        found.append(request.SerializeToString())
    return found


def measure(pid: int, port: int, work: Path, seconds: float, asked: str = "columns") -> float:
    """Requests a processor second."""
    words = ["--port", str(port), "--pid", str(pid), "--seconds", str(seconds)]
    done = subprocess.run(
        [sys.executable, str(HERE / "grpc_load.py"), *words, "--requests", str(work / asked)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {LOAD}),
    )
    found: float = json.loads(done.stdout)["per_processor_second"]
    return found


@contextmanager
def bare(home: Path, model: bytes) -> Iterator[tuple[int, int]]:
    """The bare server: its process and port."""
    home.mkdir()
    (home / "model.onnx").write_bytes(model)
    port = free_port()
    words = [str(HERE / "grpc_bare.py"), "--port", str(port), "--model", str(home / "model.onnx")]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with started([sys.executable, *words], environment, port, home) as pid:
        yield pid, port


@contextmanager
def keel(home: Path, exported: object) -> Iterator[tuple[int, int]]:
    """Keel: its process and port for gRPC."""
    register_all(home, exported, [MODEL])
    port, beside = free_port(), free_port()
    words = ["-m", "keel", "serve", "--port", str(port), "--grpc-port", str(beside)]
    environment = os.environ | {"KEEL_HOME": str(home), "OMP_NUM_THREADS": "1"}
    with started([sys.executable, *words], environment, beside, home) as pid:
        yield pid, beside


@contextmanager
def mlserver(home: Path, peers: Path) -> Iterator[tuple[int, int]]:
    """MLServer with as many trees: its process and port for gRPC."""
    port = free_port()
    peer = prepare(peers, "mlserver", home, port, bodies(1))
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with started(peer.words, environment, port + 1, home) as pid:
        yield pid, port + 1


if __name__ == "__main__":
    raise SystemExit(main())
