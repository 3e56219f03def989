"""Removing what killed processes left behind: scratch folders and blobs nothing points at."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from keel.backends.blobs import Blobs
from keel.backends.scratch import sweep_scratch
from keel.clock import Clock
from keel.database import reading, writing
from keel.registry.tables import versions

GRACE = timedelta(hours=1)
"""What is younger may belong to somebody who is still at it."""


@dataclass(frozen=True)
class Swept:
    """How many of each were removed."""

    scratch: int
    blobs: int


def sweep(engine: Engine, blobs: Blobs, scratch: Path, clock: Clock) -> Swept:
    """Remove what is older than an hour and belongs to no version and no living process."""
    before = clock() - GRACE
    removed = blobs.clean(before)
    old = {blob.digest for blob in blobs.list() if blob.written_at < before}
    with reading(engine) as connection:
        orphans = old.difference(connection.execute(sa.select(versions.c.digest)).scalars())
    if orphans:
        removed += _drop_orphans(engine, blobs, clock)
    return Swept(sweep_scratch(scratch, before), removed)


def _drop_orphans(engine: Engine, blobs: Blobs, clock: Clock) -> int:
    # As the one writer: registering writes the blob and points at it as the writer too.
    before = clock() - GRACE
    removed = 0
    with writing(engine) as connection:
        kept = set(connection.execute(sa.select(versions.c.digest)).scalars())
        for blob in blobs.list():
            if blob.written_at < before and blob.digest not in kept:
                blobs.drop(blob.digest)
                removed += 1
    return removed
