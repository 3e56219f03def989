"""Runs of one engine in a process of its own: seconds, processor seconds, and memory above its
inputs."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DUCKDB = "KEEL_BENCH_DUCKDB"
"""Names a Python that has DuckDB, Polars, PyArrow and NumPy."""


@dataclass(frozen=True)
class Run:
    """The best of several runs in one process. peak_mb: resident memory above what inputs took.
    sums: of each column, to tell whether engines found the same."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    sums: tuple[float, ...]


def measure(make: Callable[[], Mapping[str, object]], times: int) -> int:
    """In a child: run `make` and print what it took. It gives columns, as Polars series."""
    import polars as pl

    base = _peak_mb()
    walls, cpus, sums = [], [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        found = make()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        sums = [float(pl.Series(column).fill_nan(None).sum()) for column in found.values()]
        del found
    print(json.dumps([min(walls), min(cpus), _peak_mb() - base, sums]))
    return 0


def run_child(script: str, arguments: Sequence[str], python: str = sys.executable) -> Run:
    """A process that prints what `measure` found."""
    command = [python, str(Path(script).resolve()), *arguments]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    wall, cpu, peak, sums = json.loads(lines[-1])
    return Run(wall, cpu, peak, tuple(sums))


def run_all(script: str, engines: Sequence[str], arguments: Sequence[str]) -> dict[str, Run]:
    """Every engine that is there, one after the other; those that differ in what they found are an
    error."""
    runs: dict[str, Run] = {}
    for engine in engines:
        python = os.environ.get(DUCKDB) if engine == "duckdb" else sys.executable
        if python is None:
            print(f"DuckDB is left out: {DUCKDB} names no Python that has it")
            continue
        runs[engine] = run_child(script, [engine, *arguments], python)
        run = runs[engine]
        print(
            f"{engine:10}{run.wall_s:8.2f} s{run.cpu_s:8.2f} cpu s{run.peak_mb:8.0f} MB", flush=True
        )
    first = next(iter(runs.values()))
    for engine, run in runs.items():
        for one, other in zip(first.sums, run.sums, strict=True):
            assert abs(one - other) <= 1e-9 * abs(other) + 1e-6, (engine, one, other)
    return runs


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
