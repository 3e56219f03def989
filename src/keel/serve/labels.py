"""What turned out to be true of what was answered, as it became known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from keel.database import Moment, reading, writing

By = Literal["key", "request"]

_AT_ONCE = 500

labels = sa.Table(
    "labels",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("at", Moment),
    sa.Column("known_at", Moment, nullable=False),
    sa.Index("labels_key", "system", "by", "key", "id"),
    sa.Index("labels_known", "system", "known_at"),
    sqlite_autoincrement=True,
)
"""Rows are only added: of those with one key the last one is true, and the others tell what was
known before."""

SCHEMA: dict[str, pl.DataType] = {
    "by": pl.String(),
    "key": pl.String(),
    "label": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "known_at": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True)
class Label:
    """by: whether `key` is that of an event, or `REQUEST/ROW` of an answer. label: a class, or a
    number as Python writes it. at: when it came true, if that was said."""

    by: By
    key: str
    label: str
    at: datetime | None = None


@dataclass(frozen=True)
class Recorded:
    """How many labels were new, became something else, or were there already."""

    new: int
    changed: int
    repeated: int


def record_labels(
    engine: Engine, system: str, said: Sequence[Label], known_at: datetime
) -> Recorded:
    """Keep all of these labels, or none; of several with one key the last one is true."""
    counts = {"new": 0, "changed": 0, "repeated": 0}
    rows = []
    with writing(engine) as connection:
        known = _latest(connection, system, said)
        for one in said:
            place = one.by, one.key
            before = known.get(place)
            told = "new" if before is None else "repeated" if before == one.label else "changed"
            counts[told] += 1
            if told != "repeated":
                known[place] = one.label
                rows.append(
                    {
                        "system": system,
                        "by": one.by,
                        "key": one.key,
                        "label": one.label,
                        "at": one.at,
                        "known_at": known_at,
                    }
                )
        if rows:
            connection.execute(labels.insert(), rows)
    return Recorded(**counts)


def read_labels(
    engine: Engine, system: str, *, since: datetime | None = None, until: datetime | None = None
) -> pl.DataFrame:
    """What was known before `until` of each key of which something was said from `since` on, with
    the columns of `SCHEMA`."""
    heard = labels.c.system == system
    if since is not None:
        heard = sa.and_(heard, labels.c.known_at >= since)
    if until is not None:
        heard = sa.and_(heard, labels.c.known_at < until)
    last = sa.select(sa.func.max(labels.c.id)).where(heard).group_by(labels.c.by, labels.c.key)
    query = sa.select(*(labels.c[name] for name in SCHEMA)).where(labels.c.id.in_(last))
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(labels.c.id)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")


def _latest(
    connection: Connection, system: str, said: Sequence[Label]
) -> dict[tuple[str, str], str]:
    """What is known of these keys."""
    found: dict[tuple[str, str], str] = {}
    for by, keys in _parts(said):
        query = (
            sa.select(labels.c.key, labels.c.label)
            .where(labels.c.system == system, labels.c.by == by, labels.c.key.in_(keys))
            .order_by(labels.c.id)
        )
        found |= {(by, key): label for key, label in connection.execute(query)}
    return found


def _parts(said: Sequence[Label]) -> Iterator[tuple[By, list[str]]]:
    kinds: tuple[By, ...] = ("key", "request")
    for by in kinds:
        keys = sorted({one.key for one in said if one.by == by})
        for start in range(0, len(keys), _AT_ONCE):
            yield by, keys[start : start + _AT_ONCE]
