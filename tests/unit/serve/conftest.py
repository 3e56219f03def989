"""A registry of small real systems, and a runtime on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tiny_systems
from keel.lifecycle import run
from keel.registry.record import Record
from keel.registry.version import Version
from keel.serve.runtime import Runtime
from keel.store import Store
from keel.train.export.exported import Exported
from keel.train.progress import silent
from recommend_tables import declared, write_tables
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


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """A system that recommends. What users do is recorded in it."""
    folder = tmp_path_factory.mktemp("films")
    write_tables(folder)
    store = open_tiny_store(folder / ".keel")
    run(declared(), base=folder, store=store, tell=silent)
    runtime = Runtime(store.engine, store.blobs)
    runtime.refresh()
    return runtime
