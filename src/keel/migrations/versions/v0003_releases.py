"""Releases: which versions answer which share of the traffic."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From champions alone."""
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("champion", sa.Integer, nullable=False),
        sa.Column("arms", sa.JSON, nullable=False),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("step_began_at", MOMENT, nullable=False),
        sa.Column("step_ends_at", MOMENT),
        sa.Column("extended", sa.Integer, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("looked_at", MOMENT),
        sa.Column("verdicts", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("releases_system", "releases", ["system", "id"])
    op.create_index(
        "releases_in_flight",
        "releases",
        ["system"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
