"""How often a test part was looked at: every look makes its figures a little less honest."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from keel.database import reading, writing
from keel.registry.tables import test_looks


def count_look(engine: Engine, system: str, fingerprint: str) -> int:
    """Count one more look at the test part with this fingerprint; how many there were with it."""
    with writing(engine) as connection:
        here = sa.and_(test_looks.c.system == system, test_looks.c.fingerprint == fingerprint)
        looks: int | None = connection.execute(
            test_looks.update()
            .where(here)
            .values(looks=test_looks.c.looks + 1)
            .returning(test_looks.c.looks)
        ).scalar()
        if looks is not None:
            return looks
        connection.execute(
            test_looks.insert().values(system=system, fingerprint=fingerprint, looks=1)
        )
        return 1


def read_looks(engine: Engine, system: str, fingerprint: str) -> int:
    """How often this test part was looked at until now."""
    query = sa.select(test_looks.c.looks).where(
        test_looks.c.system == system, test_looks.c.fingerprint == fingerprint
    )
    with reading(engine) as connection:
        return connection.execute(query).scalar() or 0
