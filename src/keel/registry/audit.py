"""The audit trail: who did what to which version, and when. It only grows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from keel.database import reading
from keel.registry.tables import audit


@dataclass(frozen=True)
class Act:
    """One thing done. `number` is the version it was done to, None when to the whole system."""

    id: int
    at: datetime
    actor: str
    action: str
    system: str
    number: int | None
    details: dict[str, object]


def write_audit(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    system: str,
    number: int | None,
    details: Mapping[str, object],
) -> None:
    """Put an act on record, in the transaction that does it."""
    connection.execute(
        audit.insert().values(
            at=at, actor=actor, action=action, system=system, number=number, details=dict(details)
        )
    )


def list_audit(engine: Engine, system: str) -> tuple[Act, ...]:
    """What was done to `system`, oldest first."""
    query = sa.select(audit).where(audit.c.system == system).order_by(audit.c.id)
    with reading(engine) as connection:
        return tuple(Act(**row) for row in connection.execute(query).mappings())
