"""Small registered systems to export."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keel.registry.record import Record
from keel.store import Store
from tiny_systems import add, houses, loans, open_tiny_store, petals


@pytest.fixture
def store(tmp_path: Path, make_record: Callable[..., Record]) -> Iterator[Store]:
    """loans@1, petals@1 and petals@2, houses@1."""
    opened = open_tiny_store(tmp_path / "home")
    for system, exported in (
        ("loans", loans()),
        ("petals", petals()),
        ("petals", petals(1)),
        ("houses", houses()),
    ):
        add(opened, system, exported, make_record=make_record)
    yield opened
    opened.engine.dispose()
