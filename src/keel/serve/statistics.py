"""How often each version was asked for tensors since the server started, and how long it took."""

import threading
from dataclasses import dataclass

from keel.serve.served import Served


@dataclass(frozen=True)
class Spent:
    """How many requests, and nanoseconds in all."""

    count: int
    ns: int


@dataclass
class Statistics:
    """Of one version. rows, answered, failed: of requests. last_ms: since 1970, when the last
    one came. The nanoseconds are of all requests that were answered, by their parts, and of all
    that failed."""

    rows: int = 0
    last_ms: int = 0
    answered: int = 0
    failed: int = 0
    read_ns: int = 0
    infer_ns: int = 0
    write_ns: int = 0
    failed_ns: int = 0

    @property
    def success(self) -> Spent:
        """Whole requests that were answered."""
        return Spent(self.answered, self.read_ns + self.infer_ns + self.write_ns)

    @property
    def fail(self) -> Spent:
        """Whole requests that failed."""
        return Spent(self.failed, self.failed_ns)


class StatisticsBook:
    """Of all versions; any number of threads may write."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], Statistics] = {}
        self._writing = threading.Lock()

    def of(self, served: Served) -> Statistics:
        """What is known of a version."""
        return self._of.get((served.system, served.number)) or Statistics()

    def answered(
        self, served: Served, rows: int, at_ms: int, read_ns: int, infer_ns: int, write_ns: int
    ) -> None:
        """A request of n rows was answered; reading it, answering and writing took so long."""
        with self._writing:
            known = self._known(served, at_ms)
            known.rows += rows
            known.answered += 1
            known.read_ns += read_ns
            known.infer_ns += infer_ns
            known.write_ns += write_ns

    def failed(self, served: Served, at_ms: int, ns: int) -> None:
        """A request could not be answered."""
        with self._writing:
            known = self._known(served, at_ms)
            known.failed += 1
            known.failed_ns += ns

    def _known(self, served: Served, at_ms: int) -> Statistics:
        key = (served.system, served.number)
        known = self._of.get(key)
        if known is None:
            known = self._of[key] = Statistics()
        known.last_ms = at_ms
        return known
