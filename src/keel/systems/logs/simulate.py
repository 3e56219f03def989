"""Simulates the log of a small shop's service with incidents in it, from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

START = datetime(2025, 1, 6)
"""A Monday."""

KINDS = (
    "database lost",
    "retry storm",
    "silent worker",
    "slow requests",
    "skipped authentication",
    "traffic at night",
    "full memory",
)
"""New lines, too many of a kind, too few, numbers out of range, a wrong order, a rate that is
usual at another hour, and a resource that runs out."""

NODES = ("web-1", "web-2", "web-3")
_MINUTES = 24 * 60
_SHORTEST, _LONGEST = 20, 50
_NIGHT = (60, 180)
_TRACE = (
    "java.sql.SQLTransientConnectionException: pool is exhausted",
    "\tat shop.orders.Store.load(Store.java:88)",
    "\tat shop.orders.Api.get(Api.java:41)",
    "Caused by: java.net.SocketTimeoutException: connect timed out",
    "\t... 12 more",
)


@dataclass(frozen=True)
class Size:
    """How much to simulate. A request makes about five lines; requests are of the busiest hour.
    There is one incident on each day but the first."""

    days: int = 22
    requests_per_minute: float = 3.0
    seed: int = 7


@dataclass(frozen=True)
class Incident:
    """What went wrong, and when."""

    kind: str
    start: datetime
    end: datetime


@dataclass(frozen=True, eq=False)
class Simulation:
    """lines: of the log, in the order in which they were written."""

    lines: list[str]
    incidents: tuple[Incident, ...]


def simulate(size: Size) -> Simulation:
    """A log and, apart from it, the incidents. The same size gives the same log."""
    draw = np.random.default_rng(size.seed)
    incidents = _incidents(size, draw)
    writer = _Writer(draw)
    for minute in range(size.days * _MINUTES):
        now = START + timedelta(minutes=minute)
        kinds = {i.kind for i in incidents if i.start <= now < i.end}
        writer.minute(now, size.requests_per_minute * _pace(minute, kinds), kinds)
    return Simulation(writer.finish(), incidents)


def _incidents(size: Size, draw: np.random.Generator) -> tuple[Incident, ...]:
    """Of seven days in a row each has another kind, in an order drawn for each such week."""
    made: list[Incident] = []
    while len(made) < size.days - 1:
        for kind in draw.permutation(KINDS)[: size.days - 1 - len(made)]:
            at = _NIGHT if kind == "traffic at night" else (0, _MINUTES - _LONGEST)
            start = START + timedelta(days=1 + len(made), minutes=int(draw.integers(*at)))
            long = timedelta(minutes=int(draw.integers(_SHORTEST, _LONGEST)))
            made.append(Incident(str(kind), start, start + long))
    return tuple(made)


def _pace(minute: int, kinds: set[str]) -> float:
    """Requests at this minute as a share of those in the busiest hour: fewer at night and on
    Saturdays and Sundays."""
    if "traffic at night" in kinds:
        return 1.2
    day = 0.55 - 0.45 * np.cos(2 * np.pi * (minute % _MINUTES) / _MINUTES)
    weekend = 0.6 if minute // _MINUTES % 7 >= 5 else 1.0
    return float(day * weekend)


class _Writer:
    """Writes lines; those of a request go on while others begin."""

    def __init__(self, draw: np.random.Generator) -> None:
        self._draw = draw
        self._lines: list[tuple[datetime, int, str]] = []

    def minute(self, now: datetime, requests: float, kinds: set[str]) -> None:
        """Everything that begins in this minute."""
        for node in NODES:
            if node != "web-2" or "silent worker" not in kinds:
                self._heartbeat(now, node, kinds)
        for _ in range(self._draw.poisson(requests)):
            self._request(now + timedelta(seconds=float(self._draw.uniform(0, 60))), kinds)
        for _ in range(self._draw.poisson(6.0 if "retry storm" in kinds else 0.02)):
            attempt = int(self._draw.integers(1, 6))
            self._write(
                now + timedelta(seconds=float(self._draw.uniform(0, 60))),
                "WARN",
                "payments",
                f"provider answered 429, retrying in {2**attempt * 100} ms, attempt {attempt}",
            )
        if now.hour == 2 and now.minute == 30:
            rows = int(self._draw.integers(40_000, 60_000))
            self._write(now, "INFO", "backup", "nightly backup started")
            later = now + timedelta(minutes=3)
            self._write(later, "INFO", "backup", f"nightly backup finished, {rows} rows written")

    def finish(self) -> list[str]:
        """All lines by time; those of one moment in the order in which they were written."""
        self._lines.sort(key=lambda line: line[:2])
        return [line for _, _, text in self._lines for line in text.split("\n")]

    def _heartbeat(self, now: datetime, node: str, kinds: set[str]) -> None:
        at = now + timedelta(seconds=NODES.index(node) * 7)
        used = self._draw.normal(97, 1) if "full memory" in kinds else self._draw.normal(55, 6)
        self._write(at, "INFO", "health", f"heartbeat memory {min(used, 99.9):.1f} percent", node)
        if self._draw.random() < 0.15:
            freed, took = self._draw.integers(50, 400), self._draw.integers(5, 60)
            self._write(at, "INFO", "gc", f"collected {freed} MB in {took} ms", node)

    def _request(self, at: datetime, kinds: set[str]) -> None:
        draw = self._draw
        node = str(draw.choice(NODES))
        name, order = f"{draw.integers(16**8):08x}", int(draw.integers(1, 50_000))
        slow = 40.0 if "slow requests" in kinds else 1.0
        is_lost = "database lost" in kinds and draw.random() < 0.6
        steps = [f"auth: req={name} token accepted for user u{draw.integers(1, 900)}"]
        loaded = max(1, round(float(draw.gamma(4, 3) * slow)))
        steps.append(f"orders: req={name} loaded {draw.integers(1, 9)} rows in {loaded} ms")
        if draw.random() < 0.3:
            steps.append(f"cache: req={name} stored order {order} for 600 s")
        if "skipped authentication" in kinds:
            steps = [*steps[1:], steps[0]] if draw.random() < 0.5 else steps[1:]
        address = f"10.0.{draw.integers(4)}.{draw.integers(1, 255)}"
        self._write(at, "INFO", "gateway", f"req={name} GET /orders/{order} from {address}", node)
        total = 0.0
        for step in steps:
            total += float(draw.gamma(3, 4) * slow)
            when = at + timedelta(milliseconds=total)
            component, said = step.split(": ", 1)
            if is_lost and component == "orders":
                said = f"req={name} database connection lost after 3000 ms"
                self._write(when, "ERROR", component, "\n".join((said, *_TRACE)), node)
                break
            self._write(when, "INFO", component, said, node)
        status = 503 if is_lost else (404 if draw.random() < 0.02 else 200)
        done = at + timedelta(milliseconds=total + 2)
        level = "ERROR" if is_lost else "INFO"
        said = f"req={name} answered http{status} in {round(total + 2)} ms"
        self._write(done, level, "gateway", said, node)

    def _write(
        self, at: datetime, level: str, component: str, said: str, node: str = "web-1"
    ) -> None:
        stamp = f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d}"
        text = f"{stamp} {level} [{node}] shop.{component}: {said}"
        self._lines.append((at, len(self._lines), text))


def incident_rows(incidents: tuple[Incident, ...]) -> Iterator[str]:
    """A CSV file's lines: when incidents began and ended, and what they were."""
    yield "start,end,what"
    for incident in incidents:
        yield f"{incident.start:%Y-%m-%d %H:%M:%S},{incident.end:%Y-%m-%d %H:%M:%S},{incident.kind}"
