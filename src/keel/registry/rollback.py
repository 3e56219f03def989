"""Rolling back: the champion before this one answers again."""

from sqlalchemy.engine import Engine

from keel.clock import Clock
from keel.database import writing
from keel.errors import NotFound
from keel.registry.aliases import find_reign, read_reign, uncrown
from keel.registry.audit import write_audit
from keel.registry.find import require_system
from keel.registry.version import Version, read_version


def rollback(engine: Engine, system: str, clock: Clock, *, actor: str) -> Version:
    """Put the previous champion of `system` back and return it.

    Again goes back one more: a version that was rolled back is not come back to. Raises NotFound
    when there is no such system or nothing to go back to.
    """
    with writing(engine) as connection:
        require_system(connection, system)
        now = read_reign(connection, system)
        if now is None or now.beneath is None:
            state = "has no champion" if now is None else f"had no champion before {now.number}"
            raise NotFound(
                f"{system} {state}, so there is nothing to roll back to: keel list {system} shows "
                "its versions; keel run registers another"
            )
        before = find_reign(connection, now.beneath)
        uncrown(connection, system, now, before)
        write_audit(
            connection,
            at=clock(),
            actor=actor,
            action="rollback",
            system=system,
            number=before.number,
            details={"champion_before": now.number},
        )
        return read_version(connection, system, before.number)
