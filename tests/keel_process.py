"""The real command, run in a folder with a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

KEEL = [sys.executable, "-m", "keel"]


def keel(folder: Path, *words: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    """What came of the command, which must exit with `code`."""
    done = subprocess.run(
        [*KEEL, *words],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def environment(folder: Path) -> dict[str, str]:
    """Warnings are errors."""
    return {**os.environ, "KEEL_HOME": str(folder / "home"), "PYTHONWARNINGS": "error"}
