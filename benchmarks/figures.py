"""A measured figure beside its bar, and how benchmarks hand theirs on to one table."""

import json
import math
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

COLLECT = "KEEL_BENCH_FIGURES"
"""Names a file to which every figure is appended as a line of JSON."""


def with_sleeping_threads() -> None:
    """Start this program again so that waiting threads sleep, for all competitors alike.

    Keel asks OpenMP for that before it loads a learning library. A program that has loaded one
    cannot any more, and on a machine with anything else to do threads that spin take ten times as
    long.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.execv(sys.executable, [sys.executable, *sys.argv])


@dataclass(frozen=True)
class Figure:
    """What was measured, the bar it must reach, and peers measured in the same run.

    better: on which side of the bar is good.
    """

    name: str
    value: float
    bar: float
    better: Literal["higher", "lower"]
    peers: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def ratio(self) -> float:
        """Above 1 is better than the bar."""
        over, under = (self.value, self.bar) if self.better == "higher" else (self.bar, self.value)
        return over / under if under else math.inf

    @property
    def reached(self) -> bool:
        return self.value >= self.bar if self.better == "higher" else self.value <= self.bar


def report(figures: list[Figure], title: str) -> int:
    """Print figures as a table and hand them on; 1 if a bar is missed, else 0."""
    print(f"\n{title}")
    print(table([asdict(figure) | derived(figure) for figure in figures]))
    collect = os.environ.get(COLLECT)
    if collect:
        with Path(collect).open("a", encoding="utf-8") as file:
            for figure in figures:
                file.write(json.dumps(asdict(figure) | derived(figure)) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


def derived(figure: Figure) -> dict[str, float | bool]:
    """What a reader would work out from a figure."""
    return {"ratio": figure.ratio, "reached": figure.reached}


def table(rows: list[dict]) -> str:
    """Rows of figures under each other."""
    lines = [f"{'':2}{'figure':52}{'value':>12}{'bar':>14}{'ratio':>8}  peers"]
    for row in rows:
        mark = "ok" if row["reached"] else "NO"
        side = ">=" if row["better"] == "higher" else "<="
        peers = ", ".join(f"{name} {shown(value)}" for name, value in row["peers"].items())
        note = f"  ({row['note']})" if row["note"] else ""
        lines.append(
            f"{mark} {row['name']:51}{shown(row['value']):>12}"
            f"{side + ' ' + shown(row['bar']):>14}{row['ratio']:8.2f}  {peers}{note}"
        )
    return "\n".join(lines)


def shown(value: float) -> str:
    """A figure with as many digits as tell something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
