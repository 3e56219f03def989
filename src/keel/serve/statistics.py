"""How often each version was asked for tensors since the server started, and how long it took."""

import threading
from dataclasses import dataclass, field, replace

from keel.serve.served import Served


@dataclass(frozen=True)
class Spent:
    """How many requests, and nanoseconds in all."""

    count: int = 0
    ns: int = 0

    def plus(self, ns: int) -> "Spent":
        """One more."""
        return Spent(self.count + 1, self.ns + ns)


@dataclass(frozen=True)
class Statistics:
    """Of one version. rows: that were answered. last_ms: since 1970, when the last request came.
    success, fail: whole requests. input, infer, output: the parts of those that were answered."""

    rows: int = 0
    last_ms: int = 0
    success: Spent = field(default_factory=Spent)
    fail: Spent = field(default_factory=Spent)
    input: Spent = field(default_factory=Spent)
    infer: Spent = field(default_factory=Spent)
    output: Spent = field(default_factory=Spent)


class StatisticsBook:
    """Of all versions; any number of threads may write."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], Statistics] = {}
        self._writing = threading.Lock()

    def of(self, served: Served) -> Statistics:
        """What is known of a version."""
        return self._of.get((served.system, served.number), Statistics())

    def answered(self, served: Served, rows: int, at_ms: int, parts_ns: tuple[int, ...]) -> None:
        """A request of n rows was answered. parts_ns: reading it, answering, and writing."""
        key, (read_ns, infer_ns, write_ns) = (served.system, served.number), parts_ns
        with self._writing:
            known = self._of.get(key, Statistics())
            self._of[key] = Statistics(
                known.rows + rows,
                at_ms,
                known.success.plus(sum(parts_ns)),
                known.fail,
                known.input.plus(read_ns),
                known.infer.plus(infer_ns),
                known.output.plus(write_ns),
            )

    def failed(self, served: Served, at_ms: int, ns: int) -> None:
        """A request could not be answered."""
        key = (served.system, served.number)
        with self._writing:
            known = self._of.get(key, Statistics())
            self._of[key] = replace(known, last_ms=at_ms, fail=known.fail.plus(ns))
