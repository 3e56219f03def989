"""The metadata database and the artifacts, opened from settings."""

from dataclasses import dataclass

from sqlalchemy.engine import Engine

from keel.backends.blobs import Blobs
from keel.backends.open_blobs import open_blobs
from keel.database import migrate, open_database
from keel.settings import Settings, read_settings


@dataclass(frozen=True, eq=False)
class Store:
    """What a door needs to reach the registry."""

    settings: Settings
    engine: Engine
    blobs: Blobs


def open_store(settings: Settings | None = None) -> Store:
    """The store that `settings` name, its tables in place."""
    settings = settings or read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database)
    migrate(engine)
    return Store(settings, engine, open_blobs(settings.blobs))
