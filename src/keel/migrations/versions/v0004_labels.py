"""What turned out to be true of what was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From releases that are judged without labels."""
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("at", MOMENT),
        sa.Column("known_at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("labels_key", "labels", ["system", "by", "key", "id"])
    op.create_index("labels_known", "labels", ["system", "known_at"])
