"""Finding a version by what people call it: `fraud`, `fraud@7`, `fraud@previous`."""

from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from keel.database import reading
from keel.errors import NotFound, NotReady
from keel.registry.aliases import ALIASES, CHAMPION
from keel.registry.tables import aliases, systems, versions
from keel.registry.version import Version, read_version, select_versions, version_of

LATEST = "latest"


def find(engine: Engine, reference: str) -> Version:
    """The version that `reference` names: `SYSTEM@NUMBER`, `SYSTEM@ALIAS`, `SYSTEM@latest`, or
    `SYSTEM` for its champion.

    Raises NotFound with what there is and the nearest spelling, NotReady for the champion of a
    system that has none.
    """
    system, at, which = reference.partition("@")
    which = which if at else CHAMPION
    with reading(engine) as connection:
        last = require_system(connection, system)
        number = _number(connection, system, which, last)
        if number is not None and 1 <= number <= last:
            return read_version(connection, system, number)
    if which == CHAMPION:
        raise NotReady(
            f"{system} has no champion yet: all of its versions (1 to {last}) are held; "
            f"name one ({system}@{last}), or train one that keeps its promises"
        )
    raise _unknown_version(system, which, last)


def champion(engine: Engine, system: str) -> Version | None:
    """The champion of `system`; None when it has none or does not exist."""
    query = select_versions().join(
        aliases,
        sa.and_(aliases.c.system == versions.c.system, aliases.c.number == versions.c.number),
    )
    with reading(engine) as connection:
        row = connection.execute(
            query.where(aliases.c.system == system, aliases.c.name == CHAMPION)
        ).mappings()
        found = row.one_or_none()
        return None if found is None else version_of(found)


def require_system(connection: Connection, system: str) -> int:
    """The last number that `system` handed out. Raises NotFound with the nearest spelling."""
    query = sa.select(systems.c.last_number).where(systems.c.name == system)
    last: int | None = connection.execute(query).scalar()
    if last is None:
        raise _unknown_system(connection, system)
    return last


def _number(connection: Connection, system: str, which: str, last: int) -> int | None:
    if which == LATEST:
        return last
    if which.isascii() and which.isdigit():
        return int(which)
    found: int | None = connection.execute(
        sa.select(aliases.c.number).where(aliases.c.system == system, aliases.c.name == which)
    ).scalar()
    return found


def _unknown_system(connection: Connection, system: str) -> NotFound:
    known = connection.execute(sa.select(systems.c.name).order_by(systems.c.name)).scalars().all()
    if not known:
        return NotFound(
            f"there is no system {system!r}, nor any other yet: keel run TABLE --target X"
        )
    near = get_close_matches(system, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known[:20])}"
    return NotFound(f"there is no system {system!r}; {hint}")


def _unknown_version(system: str, which: str, last: int) -> NotFound:
    if which in ALIASES:
        return NotFound(f"{system} has no {which} now; keel list shows what it has")
    if which.isascii() and which.isdigit():
        return NotFound(f"there is no version {system}@{which}: its versions are 1 to {last}")
    words = (*ALIASES, LATEST)
    near = get_close_matches(which, words, n=1)
    hint = f"did you mean {system}@{near[0]}?" if near else f"use one of {', '.join(words)}"
    return NotFound(
        f"{which!r} in {system}@{which} is neither a number from 1 to {last} nor an alias; {hint}"
    )
