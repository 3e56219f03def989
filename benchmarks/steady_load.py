"""Asks a server at a steady rate over kept connections; notes which of its processes answered."""

import asyncio
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

AGAIN_S = 0.02
"""After a connection was lost or refused."""


@dataclass(frozen=True)
class Heard:
    """An answer as its client saw it. process: that gave it; version: 0 for a failure."""

    sent_s: float
    at_s: float
    process: int
    version: int


@contextmanager
def steady_load(
    address: tuple[str, int], server: int, request: bytes, connections: int, rate: float
) -> Iterator[Callable[[], list[Heard]]]:
    """Load from a process of its own as long as the context lasts; what it heard, once it is called
    for. server: the process whose children answer. Times are monotonic."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    given = (theirs, address, server, request, connections, connections / rate)
    process = spawn.Process(target=_ask_until_told, args=given)
    process.start()
    theirs.close()

    def heard() -> list[Heard]:
        ours.send(None)
        return [Heard(*row) for row in ours.recv()]

    try:
        ours.recv()
        yield heard
    finally:
        ours.close()
        process.terminate()
        process.join()


def _ask_until_told(pipe: Pipe, *given: Any) -> None:
    asyncio.run(_ask(pipe, *given))


async def _ask(
    pipe: Pipe,
    address: tuple[str, int],
    server: int,
    request: bytes,
    connections: int,
    every_s: float,
) -> None:
    heard: list[tuple[float, float, int, int]] = []
    asking = [
        asyncio.create_task(_one(address, server, request, every_s, heard))
        for _ in range(connections)
    ]
    pipe.send(None)
    while not pipe.poll():
        await asyncio.sleep(0.05)
    for task in asking:
        task.cancel()
    pipe.send(heard)


async def _one(
    address: tuple[str, int], server: int, request: bytes, every_s: float, heard: list[Any]
) -> None:
    """One connection after another, one request at a time."""
    while True:
        sent_s, process = time.monotonic(), 0
        try:
            reader, writer = await asyncio.open_connection(*address)
            process = 0
            next_s = time.monotonic()
            while True:
                sent_s = time.monotonic()
                writer.write(request)
                version = await _version(reader)
                at_s = time.monotonic()
                process = process or answering(server, writer.get_extra_info("sockname")[1])
                heard.append((sent_s, at_s, process, version))
                next_s = max(next_s + every_s, at_s)
                await asyncio.sleep(next_s - time.monotonic())
        except (OSError, EOFError):
            heard.append((sent_s, time.monotonic(), process, 0))
            await asyncio.sleep(AGAIN_S)


async def _version(reader: asyncio.StreamReader) -> int:
    """That answered; 0 for a failure."""
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, after = head.lower().partition(b"content-length:")
    body = await reader.readexactly(int(after.partition(b"\r\n")[0]))
    return int(json.loads(body)["version"]) if head.startswith(b"HTTP/1.1 200") else 0


def answering(server: int, port: int) -> int:
    """The process behind the connection of a client's port; 0 if it is gone."""
    inode = next(
        (row[9] for row in _connections() if int(row[2].rpartition(":")[2], 16) == port), ""
    )
    for process in children(server):
        for path in Path(f"/proc/{process}/fd").glob("*"):
            # A file may be closed while this looks.
            with suppress(OSError):
                if os.readlink(path) == f"socket:[{inode}]":
                    return process
    return 0


def children(process: int) -> list[int]:
    """Processes that it started."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in text.split()]


def _connections() -> Iterator[list[str]]:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        yield line.split()
