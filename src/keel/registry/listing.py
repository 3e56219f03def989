"""What there is: systems, the versions of one, and which version is champion of each."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from keel.database import reading
from keel.registry.aliases import CHAMPION
from keel.registry.tables import aliases, systems, versions
from keel.registry.version import Version, select_versions, version_of


@dataclass(frozen=True)
class Listed:
    """A system, how many versions it has, and what answers for it: None when nothing does."""

    system: str
    created_at: datetime
    last_number: int
    champion: int | None
    task: str | None
    digest: str | None


def list_systems(engine: Engine) -> tuple[Listed, ...]:
    """All systems by name, each with its champion."""
    with reading(engine) as connection:
        return read_systems(connection)


def read_systems(connection: Connection) -> tuple[Listed, ...]:
    """The same, in a transaction: one query."""
    query = (
        sa.select(
            systems.c.name,
            systems.c.created_at,
            systems.c.last_number,
            versions.c.number,
            versions.c.task,
            versions.c.digest,
        )
        .outerjoin(aliases, sa.and_(aliases.c.system == systems.c.name, aliases.c.name == CHAMPION))
        .outerjoin(
            versions,
            sa.and_(versions.c.system == systems.c.name, versions.c.number == aliases.c.number),
        )
        .order_by(systems.c.name)
    )
    return tuple(Listed(*row) for row in connection.execute(query))


def list_versions(engine: Engine, system: str) -> tuple[Version, ...]:
    """The versions of `system` by number; empty when there is no such system."""
    query = select_versions().where(versions.c.system == system).order_by(versions.c.number)
    with reading(engine) as connection:
        return tuple(version_of(row) for row in connection.execute(query).mappings())
