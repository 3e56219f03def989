"""A registry of small real systems, and a runtime on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tiny_systems
from keel.registry.record import Record
from keel.registry.version import Version
from keel.serve.runtime import Runtime
from keel.store import Store
from keel.train.export.exported import Exported
from tiny_systems import open_tiny_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_tiny_store(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def add(store: Store, make_record: Callable[..., Record]) -> Callable[..., Version]:
    """Registers the next version of a system."""

    def add(
        system: str,
        exported: Exported,
        passes: bool = True,
        at_once: bool = True,
        **parts: object,
    ) -> Version:
        said = {"passes": passes, "at_once": at_once, **parts}
        return tiny_systems.add(store, system, exported, make_record=make_record, **said)

    return add


@pytest.fixture
def runtime(store: Store) -> Runtime:
    return Runtime(store.engine, store.blobs, retry_s=0)
