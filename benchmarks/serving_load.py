"""Asks a server as fast as it answers, or at moments that it does not choose; prints JSON.

A program of its own, so that it has a processor of its own. The processor time of the server is
that of all its processes, read where the counting begins and ends.
"""

import argparse
import asyncio
import json
import os
import random
import time
from collections import deque
from pathlib import Path
from typing import Any

WARM_UP_S = 0.5
TICK = os.sysconf("SC_CLK_TCK")


class Connection(asyncio.Protocol):
    """Sends one request at a time."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.began_s = 0.0
        self.received = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self, began_s: float) -> None:
        self.began_s = began_s
        self.transport.write(self.load.request())

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank or len(body) < content_length(head):
            return
        self.received = b""
        self.load.answered(self, head.startswith(b"HTTP/1.1 200"))

    def connection_lost(self, _error: Exception | None) -> None:
        self.load.lost += 1


class Load:
    """requests: sent in turn. rate: arrivals a second, at random; None for an answer's end."""

    def __init__(self, requests: list[bytes], rate: float | None) -> None:
        self.requests = requests
        self.rate = rate
        self.number = 0
        self.counting = False
        self.latencies_s: list[float] = []
        self.failed = 0
        self.lost = 0
        self.idle: list[Connection] = []
        self.due: deque[float] = deque()

    def request(self) -> bytes:
        self.number += 1
        return self.requests[self.number % len(self.requests)]

    def answered(self, connection: Connection, well: bool) -> None:
        now_s = time.perf_counter()
        if self.counting:
            self.latencies_s.append(now_s - connection.began_s)
            self.failed += not well
        if self.rate is None:
            connection.ask(now_s)
        elif self.due:
            connection.ask(self.due.popleft())
        else:
            self.idle.append(connection)

    async def arrive(self) -> None:
        """Arrivals of a Poisson process; one that finds no idle connection waits, and its waiting
        counts."""
        assert self.rate is not None
        gaps = random.Random(0)
        next_s = time.perf_counter()
        while True:
            now_s = time.perf_counter()
            while next_s <= now_s:
                if self.idle:
                    self.idle.pop().ask(next_s)
                else:
                    self.due.append(next_s)
                next_s += gaps.expovariate(self.rate)
            # A timer of the loop is as coarse as a millisecond.
            await asyncio.sleep(0)


def content_length(head: bytes) -> int:
    """Of an answer, from its headers."""
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.partition(b"\r\n")[0])


async def run(given: argparse.Namespace) -> dict[str, float]:
    """What was measured."""
    load = Load(requests_of(given), given.rate)
    loop = asyncio.get_running_loop()
    for _ in range(given.connections):
        _, connection = await loop.create_connection(
            lambda: Connection(load), given.host, given.port
        )
        load.idle.append(connection)
    if given.rate is None:
        for connection in load.idle:
            connection.ask(time.perf_counter())
    arriving = None if given.rate is None else loop.create_task(load.arrive())
    await asyncio.sleep(WARM_UP_S)
    before_s, began_s, load.counting = processor_s(given.pid), time.perf_counter(), True
    await asyncio.sleep(given.seconds)
    load.counting = False
    wall_s, used_s = time.perf_counter() - began_s, processor_s(given.pid) - before_s
    if arriving is not None:
        arriving.cancel()
    latencies_s = sorted(load.latencies_s)
    return {
        "answers": len(latencies_s),
        "failed": load.failed + load.lost,
        "per_second": len(latencies_s) / wall_s,
        "per_processor_second": len(latencies_s) / used_s if used_s else 0.0,
        "busy": used_s / wall_s,
        "p50_ms": latencies_s[len(latencies_s) // 2] * 1e3,
        "p99_ms": latencies_s[len(latencies_s) * 99 // 100] * 1e3,
    }


def requests_of(given: argparse.Namespace) -> list[bytes]:
    """The file's bodies as requests to the paths, which are asked in turn."""
    bodies = [json.dumps(body).encode() for body in json.loads(given.bodies.read_text())]
    paths = given.paths.split(",")
    return [
        (
            f"POST {paths[number % len(paths)]} HTTP/1.1\r\nHost: {given.host}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        + body
        for number, body in enumerate(bodies)
    ]


def processor_s(root: int) -> float:
    """Seconds of the processor of a process and all that it started."""
    parents, used = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
            used[int(folder.name)] = int(fields[11]) + int(fields[12])
    mine = {root}
    while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(used.get(pid, 0) for pid in mine) / TICK


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True, help="the server's")
    parser.add_argument("--paths", required=True, help="parted by commas")
    parser.add_argument("--bodies", type=Path, required=True, help="a list of JSON bodies")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, help="arrivals a second; default: closed loop")
    given = parser.parse_args()
    try:
        import uvloop
    except ImportError:
        print(json.dumps(asyncio.run(run(given))))
    else:
        print(json.dumps(uvloop.run(run(given))))


if __name__ == "__main__":
    main()
