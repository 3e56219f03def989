"""What `pip install keel-ml` brings stays small."""

import tomllib
from collections import deque
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
MOST_PACKAGES = 45


def test_the_core_brings_at_most_45_packages():
    # From the file, not from the installed metadata, which an editable install leaves as it was.
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    brought = closure(declared)
    assert len(brought) <= MOST_PACKAGES, f"{len(brought)} packages: {', '.join(sorted(brought))}"


def test_every_package_of_the_core_is_pinned():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}
    assert closure(declared) <= pinned


def closure(declared: list[str]) -> set[str]:
    """Names of all packages that these requirements lead to on this machine."""
    due = deque(Requirement(line) for line in declared)
    seen: set[tuple[str, str]] = set()
    while due:
        wanted = due.popleft()
        for extra in ("", *wanted.extras):
            place = (canonicalize_name(wanted.name), extra)
            if place in seen:
                continue
            seen.add(place)
            inner = [Requirement(line) for line in requires(wanted.name) or ()]
            due += [one for one in inner if applies(one, extra)]
    return {name for name, _ in seen}


def applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
