"""The history of the tables. Alembic is imported only when there is something to change."""

from pathlib import Path

from sqlalchemy.engine import Connection

REVISIONS = ("0001", "0002", "0003", "0004")
"""All revisions, oldest first, one file each in `versions/`."""

HEAD = REVISIONS[-1]


def upgrade(connection: Connection) -> None:
    """Bring the tables to `HEAD` inside the transaction that `connection` is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
