"""Binary tensors of 10 MB in and out, against an echo of the bytes through the same HTTP parser.

The server has one processor and the client another. What answers gives back the column that it was
asked with, so that what is measured is the way from the bytes of a request to a column of numbers,
and from an array to the bytes of the answer: megabytes in and out per processor second of the
server.
"""

import argparse
import os
import signal
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import uvicorn

from figures import Figure, report
from keel.api.app import create_app
from keel.api.connection import connection_class
from keel.api.limits import USUAL_LIMITS
from keel.api.parts_response import CHUNK_BYTES
from keel.backends.blobs import Blobs
from keel.data.table import Column
from keel.releases.routing import Route
from keel.serve.runtime import Runtime
from keel.serve.served import Served, open_served
from keel.settings import read_settings
from keel.spec.kinds import Kind, TaskName
from keel.store import open_store
from keel.train.export.ask_options import USUAL, AskOptions
from keel.train.export.predictor import Prediction
from keel.train.export.signature import GraphColumn, Output, Signature, describe_input
from serving import HERE, LOAD, free_port, started
from serving_load import processor_s
from serving_models import register_all, train

BAR = 0.7
ROWS = 2_500_000
"""Of four bytes each."""
MODEL = "bench"
ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "1000000000"}
"""Both keep the memory that they had: giving it back and asking for it anew for each request would
take the echo twice as long, and Keel, which holds more besides, hardly at all."""


class Echo:
    """Answers each row with its own number."""

    signature = Signature(
        TaskName.REGRESS,
        (describe_input(Column("x", Kind.NUMBER)),),
        (GraphColumn("x", Kind.NUMBER, ("x",)),),
        (Output("value", "FP32", (-1, 1), "the number itself"),),
    )

    def answer(self, rows: pl.DataFrame, _options: AskOptions = USUAL) -> Prediction:
        """The column."""
        return Prediction(rows["x"].to_numpy())

    def unknown(self, _items: Iterable[str]) -> int:
        """It knows no items."""
        return 0


def main() -> int:
    """Print the ratio; 1 if the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer requests")
    parser.add_argument("--serve", choices=("keel", "echo"))
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    if given.serve:
        run(given.serve, given.port)
        return 0
    if len(os.sched_getaffinity(0)) < 2:
        print("needs two processors: one for the server, one for the client")
        return 0
    os.sched_setaffinity(0, {LOAD})
    rounds, times = (5, 20) if given.quick else (15, 40)
    with tempfile.TemporaryDirectory() as where:
        register_all(Path(where), train(), [MODEL])
        keel, echo = free_port(), free_port()
        environment = os.environ | ALLOCATOR | {"KEEL_HOME": where, "OMP_NUM_THREADS": "1"}
        words = [sys.executable, str(HERE / "wire_binary.py"), "--serve"]
        with (
            started([*words, "keel", "--port", str(keel)], environment, keel, Path(where)) as mine,
            started([*words, "echo", "--port", str(echo)], environment, echo, Path(where)) as its,
        ):
            found = [(ask(its, echo, times), ask(mine, keel, times)) for _ in range(rounds)]
    ratio = statistics.median(mine / its for its, mine in found)
    figure = Figure(
        "10 MB in and 10 MB out as bytes: MB/processor s, times an echo's",
        ratio,
        BAR,
        "higher",
        {
            f"{name} MB/processor s": statistics.median(run[side] for run in found)
            for side, name in enumerate(("echo", "keel"))
        },
    )
    return report([figure], "Binary tensors")


def ask(pid: int, port: int, times: int) -> float:
    """Megabytes in and out per processor second, one request after the other on one connection."""
    values = np.arange(ROWS, dtype=np.float32)
    tensor = {"name": "x", "shape": [ROWS, 1], "datatype": "FP32"}
    tensor["parameters"] = {"binary_data_size": values.nbytes}
    head = msgspec.json.encode({"inputs": [tensor], "parameters": {"binary_data_output": True}})
    sent = (
        f"POST /v2/models/{MODEL}/infer HTTP/1.1\r\nHost: bench\r\n"
        f"Inference-Header-Content-Length: {len(head)}\r\n"
        f"Content-Length: {len(head) + values.nbytes}\r\n\r\n"
    ).encode() + head
    room = bytearray(values.nbytes + 65_536)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        began_s = processor_s(pid)
        for _ in range(times):
            connection.sendall(sent)
            connection.sendall(values.data)
            answer = receive(connection, room)
            assert answer[-values.nbytes :] == values.data.cast("B")
        used_s = processor_s(pid) - began_s
    return times * 2 * values.nbytes / 1e6 / used_s


def receive(connection: socket.socket, room: bytearray) -> memoryview:
    """The body of an answer."""
    view, size, end = memoryview(room), 0, None
    while end is None or size < end:
        size += connection.recv_into(view[size:])
        if end is None and (blank := room.find(b"\r\n\r\n", 0, size)) >= 0:
            head = room[:blank].lower()
            assert head.startswith(b"http/1.1 200"), bytes(room[:size])
            length = int(head.partition(b"\ncontent-length:")[2].partition(b"\r\n")[0])
            begin, end = blank + 4, blank + 4 + length
    return view[begin:end]


def run(name: str, port: int) -> None:
    """Serve until stopped."""
    config = uvicorn.Config(
        app_of_keel() if name == "keel" else echo,
        port=port,
        http=connection_class(USUAL_LIMITS),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on" if name == "keel" else "off",
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.Server(config).run()


def app_of_keel() -> Any:
    """All of Keel but the model."""
    store = open_store(read_settings(dict(os.environ)))

    def load(blobs: Blobs, system: str, route: Route) -> Served:
        served = open_served(blobs, system, route)
        return replace(served, predictor=Echo(), prepare=None, quick_row=None)

    runtime = Runtime(store.engine, store.blobs, load=load)
    runtime.refresh()
    return create_app(runtime)


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """As many bytes as came, in parts of a size that is sent quickly."""
    parts = []
    while True:
        message = await receive()
        parts.append(message["body"])
        if not message["more_body"]:
            break
    body = memoryview(b"".join(parts))
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for at in range(0, len(body), CHUNK_BYTES):
        part = body[at : at + CHUNK_BYTES]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    raise SystemExit(main())
