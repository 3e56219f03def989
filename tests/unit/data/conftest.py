"""Fixtures of the data room: a place to keep things, and declarations in a line."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keel.settings import Settings
from keel.spec.system import System


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home of its own."""
    return Settings(tmp_path / "home", "", "", "")


@pytest.fixture
def declare() -> Callable[..., System]:
    """A system that learns `y` from `t.csv`; `table` holds further keys of the table."""

    def make(label: str = "y", table: dict[str, Any] | None = None, **parts: Any) -> System:
        known_after = parts.pop("known_after", None)
        return System.model_validate(
            {
                "system": "example",
                "data": {"t": {"table": "t.csv", **(table or {})}},
                "label": {"column": label, "known_after": known_after},
                **parts,
            }
        )

    return make


@pytest.fixture
def real_data() -> Path:
    """The folder of real data sets."""
    place = os.environ.get("KEEL_TEST_DATA")
    if place is None:
        pytest.skip("KEEL_TEST_DATA does not name the folder of real data sets")
    return Path(place)
