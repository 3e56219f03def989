"""A version in a database of its own, where it is champion."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from keel.clock import Clock
from keel.database import reading, writing
from keel.registry.aliases import crown
from keel.registry.audit import write_audit
from keel.registry.tables import systems, versions
from keel.registry.version import Version


def copy_version(
    source: Engine, target: Engine, version: Version, clock: Clock, *, actor: str
) -> None:
    """Write `version` of `source` into `target`, which has the tables but not the system, with its
    number and as champion."""
    query = sa.select(versions).where(
        versions.c.system == version.system, versions.c.number == version.number
    )
    with reading(source) as connection:
        row = dict(connection.execute(query).mappings().one())
    with writing(target) as connection:
        connection.execute(
            systems.insert().values(
                name=version.system, created_at=clock(), last_number=version.number
            )
        )
        connection.execute(versions.insert().values(row))
        crown(connection, version.system, version.number, clock())
        write_audit(
            connection,
            at=clock(),
            actor=actor,
            action="export",
            system=version.system,
            number=version.number,
            details={"digest": version.digest},
        )
