"""Runs all benchmarks in order, each in a process of its own, and prints one table.

`make bench` takes about two hours on two cores; `python benchmarks/run.py --quick` twenty minutes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import COLLECT, table

FIRST = ("startup.py", "predict_throughput.py", "overhead.py")
LAST = ("quality_tables.py", "quality_text.py")
NOT_ALONE = (
    "grpc_bare.py",
    "grpc_load.py",
    "logs_drain3.py",
    "recommend_peers.py",
    "run.py",
    "serving_load.py",
    "serving_raw.py",
)
HERE = Path(__file__).parent


def main() -> int:
    """Run them; 1 if any missed a bar or failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller tables, smaller searches")
    parser.add_argument("--only", help="names of benchmarks, parted by commas")
    given = parser.parse_args()
    wanted = None if given.only is None else given.only.split(",")
    codes: dict[str, tuple[int, float]] = {}
    with tempfile.TemporaryDirectory() as where:
        collect = Path(where, "figures.jsonl")
        for script in scripts():
            if wanted is not None and script.stem not in wanted:
                continue
            print(f"\n== {script.stem}", flush=True)
            codes[script.stem] = _run(script, given.quick, collect)
        lines = collect.read_text(encoding="utf-8").splitlines() if collect.exists() else []
    print("\n== all figures\n")
    print(table([json.loads(line) for line in lines]))
    print()
    for name, (code, seconds) in codes.items():
        print(f"{'ok' if code == 0 else 'NO'} {name:24} exit {code} after {seconds:,.0f} s")
    return int(any(code for code, _ in codes.values()))


def scripts() -> list[Path]:
    """Benchmarks in order: every file here that can be run, the long ones last."""
    runnable = {
        path.name
        for path in HERE.glob("*.py")
        if path.name not in NOT_ALONE
        and '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    others = sorted(runnable - {*FIRST, *LAST})
    return [HERE / name for name in (*FIRST, *others, *LAST) if name in runnable]


def _run(script: Path, quick: bool, collect: Path) -> tuple[int, float]:
    command = [sys.executable, str(script)]
    # A benchmark without a short form is run as it is.
    if quick and "--quick" in script.read_text(encoding="utf-8"):
        command.append("--quick")
    began = time.monotonic()
    code = subprocess.run(command, env=os.environ | {COLLECT: str(collect)}, check=False).returncode
    return code, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
