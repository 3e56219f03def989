"""Capturing the code and the machine that make a version."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from keel.about import VERSION
from keel.registry.record import Lineage

LIBRARIES = (
    "imbalanced-learn",
    "lightgbm",
    "numpy",
    "onnx",
    "onnxruntime",
    "optuna",
    "polars",
    "pyarrow",
    "scikit-learn",
    "scipy",
)
"""What can change a fitted model or its figures. Only their metadata is read."""

GIT_WAIT_S = 5.0


def read_lineage(base: Path, threads: int) -> Lineage:
    """The lineage of a version that is trained now, declared in `base`, on `threads` threads."""
    return Lineage(
        code_version=VERSION,
        commit=_commit(base),
        libraries=_libraries(),
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        cpus=count_cpus(),
        threads=threads,
    )


def count_cpus() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _libraries() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _commit(folder: Path) -> str | None:
    """The commit that `folder` is at; None outside of a repository or without git."""
    # In a git hook these variables point at the repository of the hook.
    outside = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(
            [*command, "--exclude", "*"],
            capture_output=True,
            text=True,
            timeout=GIT_WAIT_S,
            env={**outside, "GIT_OPTIONAL_LOCKS": "0"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
