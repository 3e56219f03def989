"""The processes of a server: started, started again when they die, and stopped."""

import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from keel.api.orders import Orders
from keel.api.worker import GRACE_S
from keel.errors import EnvironmentFailure

LEAST_LIFE_S = 1.0
"""A process that dies younger than this is started again only after a pause."""
LONGEST_PAUSE_S = 10.0

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
        """count: how many there are to be; may be set. descriptors: that they inherit."""
        self.count = count
        self._orders = orders
        self._descriptors = descriptors
        self._module = module
        self._pause_s = 0.0
        self._next_s = 0.0
        self._workers: list[Worker] = []
        self.keep()

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

    def keep(self) -> None:
        """Start what is missing, also in place of what died, and stop what is too many."""
        for worker in [worker for worker in self._workers if not worker.alive]:
            self._workers.remove(worker)
            self._mourn(worker)
        while len(self._workers) > self.count:
            worker = self._workers.pop()
            worker.ask_to_stop()
            worker.stop(time.monotonic() + GRACE_S)
        while len(self._workers) < self.count and time.monotonic() >= self._next_s:
            self._workers.append(Worker(self._orders, self._module, self._descriptors))

    def stop(self) -> None:
        """Let all of them answer what they have begun, and make an end when that takes too long."""
        for worker in self._workers:
            worker.ask_to_stop()
        until_s = time.monotonic() + GRACE_S + 1
        for worker in self._workers:
            worker.stop(until_s)

    def _mourn(self, worker: Worker) -> None:
        code = worker.process.returncode
        _log.error("process %d of the server ended with %d", worker.process.pid, code)
        worker.stop(time.monotonic())
        young = time.monotonic() - worker.began_s < LEAST_LIFE_S
        self._pause_s = min(max(2 * self._pause_s, 0.1), LONGEST_PAUSE_S) if young else 0.0
        self._next_s = time.monotonic() + self._pause_s
