"""What users did since a version was trained: the next answer knows of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from keel.database import Moment, reading, writing
from keel.train.export.new_event import NewEvent, Recent

MOST_OF_A_USER = 1_000
"""Of a user's new events the latest so many are looked at."""

_AT_ONCE = 500

new_events = sa.Table(
    "new_events",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("at", Moment, nullable=False),
    sa.Index("new_events_user", "system", "user", "at", "id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class Happened:
    """One event of a user with an item. value: None where only that it happened is said."""

    user: str
    item: str
    at: datetime
    value: float | None = None


def record_events(engine: Engine, system: str, events: Sequence[Happened]) -> None:
    """Keep all of these events, or none."""
    if not events:
        return
    rows = [
        {"system": system, "user": e.user, "item": e.item, "value": e.value, "at": e.at}
        for e in events
    ]
    with writing(engine) as connection:
        connection.execute(new_events.insert(), rows)


def recent_events(engine: Engine, system: str) -> Recent:
    """Looks up the new events of users of `system`."""

    def look_up(users: Sequence[str]) -> Mapping[str, Sequence[NewEvent]]:
        found: dict[str, list[NewEvent]] = {}
        with reading(engine) as connection:
            for some in _parts(sorted(set(users))):
                for user, item, value in connection.execute(_latest(system, some)):
                    found.setdefault(user, []).append(NewEvent(item, value))
        # The latest come first, so that a limit leaves out the oldest.
        return {user: events[:MOST_OF_A_USER][::-1] for user, events in found.items()}

    return look_up


def recorded_events(engine: Engine, system: str) -> list[Happened]:
    """All events of `system` that were recorded, the oldest first."""
    columns = (new_events.c.user, new_events.c.item, new_events.c.at, new_events.c.value)
    query = sa.select(*columns).where(new_events.c.system == system)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(new_events.c.at, new_events.c.id)).all()
    return [Happened(*row) for row in rows]


def _latest(system: str, users: Sequence[str]) -> sa.Select[Any]:
    of_users = sa.and_(new_events.c.system == system, new_events.c.user.in_(users))
    query = (
        sa.select(new_events.c.user, new_events.c.item, new_events.c.value)
        .where(of_users)
        .order_by(new_events.c.user, new_events.c.at.desc(), new_events.c.id.desc())
    )
    return query.limit(MOST_OF_A_USER) if len(users) == 1 else query


def _parts(users: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(users), _AT_ONCE):
        yield users[start : start + _AT_ONCE]
