"""The tables of this room, as the newest migration leaves them."""

import sqlalchemy as sa

from keel.database import Moment

metadata = sa.MetaData()

systems = sa.Table(
    "systems",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_number", sa.Integer, nullable=False),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("system", sa.Text, sa.ForeignKey("systems.name"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("algorithm", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("declaration_hash", sa.Text, nullable=False),
    sa.Column("data_fingerprint", sa.Text, nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("declaration", sa.JSON, nullable=False),
    sa.Column("seeds", sa.JSON, nullable=False),
    sa.Column("libraries", sa.JSON, nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    sa.Column("verdicts", sa.JSON, nullable=False),
    sa.Column("seconds", sa.JSON, nullable=False),
    sa.Index("versions_digest", "digest"),
)

_a_version = ["versions.system", "versions.number"]

reigns = sa.Table(
    "reigns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("beneath", sa.Integer, sa.ForeignKey("reigns.id")),
    sa.Column("began_at", Moment, nullable=False),
    sa.ForeignKeyConstraint(["system", "number"], _a_version),
)
"""Who was champion on top of whom. Rows are only added; the alias `champion` points at the reign
in force, so that rolling back walks down and nothing is forgotten."""

aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("reign", sa.Integer, sa.ForeignKey("reigns.id")),
    sa.ForeignKeyConstraint(["system", "number"], _a_version),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("number", sa.Integer),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Index("audit_system", "system", "id"),
    sqlite_autoincrement=True,
)
"""Only grows: triggers refuse every change to a row that is there."""

test_looks = sa.Table(
    "test_looks",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("looks", sa.Integer, nullable=False),
)
