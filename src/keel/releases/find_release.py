"""Releases as the database knows them."""

from dataclasses import fields
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from keel.database import reading
from keel.promises.verdict import Verdict
from keel.releases.release import Arm, Kind, Release, State
from keel.releases.tables import releases
from keel.spec.release import parse_steps

_COLUMNS = tuple(field.name for field in fields(Release))


def in_flight(engine: Engine, system: str) -> Release | None:
    """What decides now which version of `system` answers, beside its champion."""
    with reading(engine) as connection:
        return read_in_flight(connection, system)


def read_in_flight(connection: Connection, system: str) -> Release | None:
    """The same, in a transaction."""
    query = sa.select(releases).where(releases.c.system == system, releases.c.ended_at.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else release_of(row)


def all_in_flight(connection: Connection) -> tuple[Release, ...]:
    """Every release that is in flight."""
    query = sa.select(releases).where(releases.c.ended_at.is_(None)).order_by(releases.c.system)
    return tuple(release_of(row) for row in connection.execute(query).mappings())


def list_releases(engine: Engine, system: str, most: int = 20) -> tuple[Release, ...]:
    """The latest releases of `system`, the newest first."""
    query = sa.select(releases).where(releases.c.system == system)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(releases.c.id.desc()).limit(most)).mappings()
        return tuple(map(release_of, rows))


def release_of(row: sa.RowMapping) -> Release:
    """The release in a row of the table."""
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS} | {
        "kind": Kind(row["kind"]),
        "state": State(row["state"]),
        "arms": msgspec.convert(row["arms"], tuple[Arm, ...]),
        "steps": parse_steps(row["steps"]),
        "verdicts": msgspec.convert(row["verdicts"], tuple[Verdict, ...]),
    }
    return Release(**values)
