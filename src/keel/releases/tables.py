"""The table of this room, as the newest migration leaves it."""

import sqlalchemy as sa

from keel.database import Moment

metadata = sa.MetaData()

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("champion", sa.Integer, nullable=False),
    sa.Column("arms", sa.JSON, nullable=False),
    sa.Column("steps", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("step_began_at", Moment, nullable=False),
    sa.Column("step_ends_at", Moment),
    sa.Column("extended", sa.Integer, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("began_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("looked_at", Moment),
    sa.Column("verdicts", sa.JSON, nullable=False),
    sa.Index("releases_system", "system", "id"),
    # What is in flight has no end; a system has one such release at most.
    sa.Index(
        "releases_in_flight",
        "system",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)
