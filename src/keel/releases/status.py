"""Where a system stands: its champion and its releases."""

from dataclasses import dataclass

from sqlalchemy.engine import Engine

from keel.database import reading
from keel.registry.aliases import find_reign, read_reign
from keel.registry.find import require_system
from keel.releases.find_release import list_releases
from keel.releases.release import Release

SHOWN = 5


@dataclass(frozen=True)
class Status:
    """champion, previous: numbers, None where there is none. release: what is in flight. ended:
    the latest releases that are over, the newest first."""

    system: str
    champion: int | None
    previous: int | None
    release: Release | None
    ended: tuple[Release, ...]


def read_status(engine: Engine, system: str) -> Status:
    """Where `system` stands now. Raises NotFound with the nearest spelling."""
    with reading(engine) as connection:
        require_system(connection, system)
        reign = read_reign(connection, system)
        before = None
        if reign is not None and reign.beneath is not None:
            before = find_reign(connection, reign.beneath).number
    listed = list_releases(engine, system, SHOWN + 1)
    return Status(
        system,
        None if reign is None else reign.number,
        before,
        next((release for release in listed if release.in_flight), None),
        tuple(release for release in listed if not release.in_flight)[:SHOWN],
    )
