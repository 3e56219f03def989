from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Engine

from keel.registry.tables import metadata
from keel.releases.tables import metadata as releases
from keel.serve.labels import labels
from keel.serve.new_events import new_events


def test_the_newest_migration_leaves_exactly_these_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert (
            compare_metadata(context, [metadata, releases, labels.metadata, new_events.metadata])
            == []
        )
