"""The metadata database and the artifacts, opened from settings."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.engine import Engine

from keel.backends.blobs import Blobs
from keel.backends.online import OnlineStore
from keel.backends.open_blobs import open_blobs
from keel.backends.open_online import open_online
from keel.database import migrate, open_database
from keel.settings import Settings, read_settings


@dataclass(frozen=True, eq=False)
class Store:
    """What a door needs to reach the registry."""

    settings: Settings
    engine: Engine
    blobs: Blobs

    @cached_property
    def online(self) -> OnlineStore:
        """The state of online features; nothing is opened or created before its first use."""
        return open_online(self.settings.online)


def open_store(settings: Settings | None = None) -> Store:
    """The store that `settings` name, its tables in place."""
    settings = settings or read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database)
    migrate(engine)
    return Store(settings, engine, open_blobs(settings.blobs))
