"""A registry to add versions to, on every kind of database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from keel.backends.folder_blobs import FolderBlobs
from keel.clock import system_clock
from keel.registry.record import Record
from keel.registry.register import register
from keel.registry.version import Version


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "versions")


@pytest.fixture
def add(
    engine: Engine,
    blobs: FolderBlobs,
    make_folder: Callable[..., Path],
    make_record: Callable[..., Record],
) -> Callable[..., Version]:
    def add(passes: bool = True, at_once: bool = True, **parts: object) -> Version:
        return register(
            engine,
            blobs,
            make_folder(),
            make_record(**parts),
            passes,
            system_clock,
            actor="ada",
            at_once=at_once,
        )

    return add
