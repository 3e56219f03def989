"""Where the aliases point, and how they are moved."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from keel.registry.tables import aliases, reigns

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

ALIASES = (CHAMPION, CHALLENGER, PREVIOUS)


@dataclass(frozen=True)
class Reign:
    """A champion in force and, by `beneath`, the reign that a rollback goes back to."""

    id: int
    number: int
    beneath: int | None


def read_reign(connection: Connection, system: str) -> Reign | None:
    """The reign in force."""
    query = (
        sa.select(reigns.c.id, reigns.c.number, reigns.c.beneath)
        .join(aliases, aliases.c.reign == reigns.c.id)
        .where(aliases.c.system == system, aliases.c.name == CHAMPION)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Reign(*row)


def crown(connection: Connection, system: str, number: int, at: datetime) -> None:
    """Make a version the champion, on top of the one in force. To be called by a writer."""
    before = read_reign(connection, system)
    if before is not None and before.number == number:
        return
    beneath = None if before is None else before.id
    statement = reigns.insert().values(system=system, number=number, beneath=beneath, began_at=at)
    added = connection.execute(statement.returning(reigns.c.id)).scalar_one()
    point_alias(connection, system, CHAMPION, number, added)
    point_alias(connection, system, PREVIOUS, None if before is None else before.number)


def uncrown(connection: Connection, system: str, now: Reign, before: Reign) -> None:
    """Put the reign beneath `now` back in force. To be called by a writer."""
    assert now.beneath == before.id
    point_alias(connection, system, CHAMPION, before.number, before.id)
    earlier = None if before.beneath is None else find_reign(connection, before.beneath)
    point_alias(connection, system, PREVIOUS, None if earlier is None else earlier.number)


def find_reign(connection: Connection, reign: int) -> Reign:
    """The reign with this number."""
    query = sa.select(reigns.c.id, reigns.c.number, reigns.c.beneath).where(reigns.c.id == reign)
    return Reign(*connection.execute(query).one())


def reigns_of(connection: Connection, system: str, most: int) -> list[Reign]:
    """The reign in force, and below it those that so many rollbacks in a row come to."""
    reign, found = read_reign(connection, system), list[Reign]()
    while reign is not None and len(found) <= most:
        found.append(reign)
        reign = None if reign.beneath is None else find_reign(connection, reign.beneath)
    return found


def point_alias(
    connection: Connection, system: str, name: str, number: int | None, reign: int | None = None
) -> None:
    """Let an alias point at a version, or at none."""
    here = sa.and_(aliases.c.system == system, aliases.c.name == name)
    connection.execute(aliases.delete().where(here))
    if number is not None:
        connection.execute(
            aliases.insert().values(system=system, name=name, number=number, reign=reign)
        )
