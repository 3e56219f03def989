"""Seconds and peak memory of reading and checking a table, against bare reading of the same file.

Every figure comes from a process of its own. `peak` is the largest resident memory, libraries and
all, as a multiple of the table in Arrow; `seconds` is a multiple of what Polars takes to read the
file into memory. Bars: peak <= 3.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, COLUMNS = 1_000_000, 30
PEAK_BAR = 3.0
FORMATS = ("csv", "parquet", "arrow")


def main() -> int:
    """Print one line per format and return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "FILE", "HOME"))
    given = parser.parse_args()
    if given.child is not None:
        return _child(*given.child)
    table_mb = given.rows * given.columns * 8 / 2**20
    worst = 0.0
    print(f"{given.rows:,} rows x {given.columns} numbers, {table_mb:.0f} MiB in Arrow")
    print(f"{'format':10}{'read':>9}{'check':>9}{'ratio':>8}{'infer':>9}{'peak':>12}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for ending in FORMATS:
            file = Path(folder, f"t.{ending}")
            _run("make", file, folder, given.rows, given.columns)
            read, _ = _run("read", file, folder)
            check, peak = _run("check", file, folder)
            infer, _ = _run("infer", file, folder)
            worst = max(worst, peak / table_mb)
            print(
                f"{ending:10}{read:8.2f}s{check:8.2f}s{check / read:8.2f}{infer:8.2f}s"
                f"{peak:8.0f} MiB{peak / table_mb:8.2f}"
            )
            file.unlink()
    print(f"peak memory {worst:.2f} x the table, bar {PEAK_BAR}")
    return 0 if worst <= PEAK_BAR else 1


def _run(what: str, file: Path, home: str, rows: int = 0, columns: int = 0) -> tuple[float, float]:
    """Seconds and peak MiB of one step in a process of its own."""
    command = [sys.executable, __file__, "--child", what, str(file), home]
    command += ["--rows", str(rows), "--columns", str(columns)] if rows else []
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(output[0]), float(output[1])


def _child(what: str, file: str, home: str) -> int:
    seconds = {"make": _make, "read": _read, "check": _check, "infer": _infer}[what](
        Path(file), Path(home)
    )
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return 0


def _make(file: Path, home: Path) -> float:
    import numpy as np
    import polars as pl

    rows, columns = int(sys.argv[-3]), int(sys.argv[-1])
    chance = np.random.default_rng(0)
    frame = pl.DataFrame(
        {f"f{i}": chance.normal(size=rows) for i in range(columns - 1)}
        | {"y": (chance.random(rows) < 0.1).astype(np.int64)}
    )
    writers = {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".arrow": frame.write_ipc}
    began = time.perf_counter()
    writers[file.suffix](file)
    (home / "made").touch()
    return time.perf_counter() - began


def _read(file: Path, home: Path) -> float:
    import polars as pl

    readers = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".arrow": pl.read_ipc}
    began = time.perf_counter()
    frame = readers[file.suffix](file)
    seconds = time.perf_counter() - began
    (home / "read").write_text(str(frame.height))
    return seconds


def _check(file: Path, home: Path) -> float:
    from keel.data.check import check
    from keel.settings import Settings
    from keel.spec.system import System

    declared = {"system": "t", "data": {"t": {"table": str(file)}}, "label": {"column": "y"}}
    system = System.model_validate(declared)
    began = time.perf_counter()
    checked = check(system, Path(), Settings(home, "", ""))
    seconds = time.perf_counter() - began
    checked.table.path.unlink()
    return seconds


def _infer(file: Path, home: Path) -> float:
    from keel.data.infer import infer_system
    from keel.spec.system import TableSpec

    began = time.perf_counter()
    system = infer_system("t", TableSpec(table=str(file)), "y")
    (home / "inferred").write_text(system.system)
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
