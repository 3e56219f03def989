"""Restoring: the champion before this one answers again."""

from sqlalchemy.engine import Connection

from keel.clock import Clock
from keel.errors import NotFound
from keel.registry.aliases import find_reign, read_reign, uncrown
from keel.registry.audit import write_audit


def restore(connection: Connection, system: str, clock: Clock, *, actor: str) -> int:
    """Put the previous champion of `system`, which exists, back and return its number.

    Again goes back one more: a version that was rolled back is not come back to. To be called by a
    writer. Raises NotFound when there is nothing to go back to.
    """
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
    return before.number
