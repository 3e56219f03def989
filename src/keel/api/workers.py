"""The processes of a server: started, started again when they die, and stopped."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from keel.api.orders import Orders
from keel.api.worker import GRACE_S
from keel.errors import EnvironmentFailure

WATCH_S = 0.05
LEAST_LIFE_S = 1.0
"""A process that dies younger than this is started again only after a pause."""
LONGEST_PAUSE_S = 10.0
STARTS_WITHIN_S = 120.0

_log = logging.getLogger("keel.serve")


class Worker:
    """One process, which has its orders."""

    def __init__(self, orders: Orders, module: str, descriptors: Sequence[int]) -> None:
        self.began_s = time.monotonic()
        # In a session of its own: Ctrl-C is for this process, which then stops the others.
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=tuple(descriptors),
            start_new_session=True,
        )
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(msgspec.json.encode(orders) + b"\n")
            self.process.stdin.flush()

    def wait_until_ready(self) -> list[str] | None:
        """What it answers; None when it ended before it could."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return msgspec.json.decode(line, type=list[str]) if line else None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Let it answer what it has begun."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()

    def stop(self, until_s: float) -> None:
        """Wait for its end, and make one at `until_s` of the monotonic clock."""
        try:
            self.process.wait(max(until_s - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Workers:
    """So many processes with the same orders."""

    def __init__(self, orders: Orders, count: int, descriptors: Sequence[int], module: str) -> None:
        self._orders = orders
        self._descriptors = descriptors
        self._module = module
        self._stopping = threading.Event()
        self._pause_s = 0.0
        self._workers = [self._start() for _ in range(count)]

    def wait_until_ready(self) -> list[str]:
        """What they answer. Raises EnvironmentFailure when one ends before it could; it has said
        why on stderr."""
        said: list[str] = []
        for worker in self._workers:
            found = worker.wait_until_ready()
            if found is None:
                raise EnvironmentFailure(
                    f"a process of the server ended with {worker.process.wait()} before it could "
                    "answer: see the lines above"
                )
            said = found
        return said

    def watch(self) -> None:
        """Start again what dies, until `stop` is called from another thread or a signal."""
        while not self._stopping.wait(WATCH_S):
            for place, worker in enumerate(self._workers):
                if worker.alive or self._stopping.is_set():
                    continue
                code = worker.process.returncode
                _log.error("process %d of the server ended with %d", worker.process.pid, code)
                worker.stop(time.monotonic())
                young = time.monotonic() - worker.began_s < LEAST_LIFE_S
                self._pause_s = min(max(2 * self._pause_s, 0.1), LONGEST_PAUSE_S) if young else 0.0
                self._stopping.wait(self._pause_s)
                self._workers[place] = self._start()

    def ask_to_stop(self) -> None:
        """Let all of them answer what they have begun; `watch` returns."""
        self._stopping.set()

    def stop(self) -> None:
        """Wait for their end, and make one when it takes too long."""
        self._stopping.set()
        for worker in self._workers:
            worker.ask_to_stop()
        until_s = time.monotonic() + GRACE_S + 1
        for worker in self._workers:
            worker.stop(until_s)

    def _start(self) -> Worker:
        return Worker(self._orders, self._module, self._descriptors)
