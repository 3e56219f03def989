"""A training set for any rows of entities and times: the features of each as of its own time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from keel.data.conform import tell_unread
from keel.data.sources.source import BadLine
from keel.data.stream import Frames, FrameWriter
from keel.data.table import Table
from keel.features.find import FindFor, in_history, with_figures
from keel.features.plan import FeaturePlan
from keel.train.progress import Tell
from keel.walk.features.asked import beside, read_asked
from keel.walk.features.build_on_disk import build_on_disk
from keel.walk.features.prepared import FeaturesPrepared

SHOWN_BAD_LINES = 5

MOST_ROWS = 5_000_000
"""Of event tables together, that are read into memory at once: two gigabytes. On disk a third more
processor seconds are spent."""


@dataclass(frozen=True)
class BuiltSet:
    """How many rows got their features, and where they are."""

    rows: int
    features: int
    into: Path

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"rows": self.rows, "features": self.features, "into": str(self.into)}


def build_set(prepared: FeaturesPrepared, spine: str, into: Path, tell: Tell) -> BuiltSet:
    """Write the rows of the table `spine`, in their order, with the features of each.

    What the features read of a row and `spine` lacks is taken from the row's own event, where its
    key is known. Raises RequestError for rows without a time or without any entity.
    """
    bad: list[BadLine] = []
    frames = Frames(spine, bad.append, base=Path())
    rows = 0
    with FrameWriter(into) as writer:
        for built in _build(prepared, frames, into.absolute().parent, tell):
            writer.write(built)
            rows += len(built)
    for line in bad[:SHOWN_BAD_LINES]:
        tell(f"not a row  line {line.line}: {line.reason}")
    tell(f"features  {rows:,} rows into {into}, {len(bad):,} lines were no rows")
    return BuiltSet(rows, len(prepared.plan.columns), into)


def _build(
    prepared: FeaturesPrepared, frames: Iterable[pl.DataFrame], scratch: Path, tell: Tell
) -> Iterator[pl.DataFrame]:
    read = {figure.reading.table for figure in prepared.plan.figures}
    if sum(prepared.tables[name].rows for name in read) > MOST_ROWS:
        yield from build_on_disk(prepared, frames, scratch, tell)
        return
    held = list(frames)
    rows = pl.concat(held, how="vertical_relaxed") if held else pl.DataFrame()
    yield features_at(prepared.plan, rows, prepared.tables, in_history(prepared.tables), tell)


def features_at(
    plan: FeaturePlan,
    rows: pl.DataFrame,
    tables: Mapping[str, Table],
    find_for: FindFor,
    tell: Tell,
) -> pl.DataFrame:
    """[n] `rows` in their order, with a column for each feature in the place of any so called."""
    read = read_asked(plan, rows, tables, tell)
    for sentence in tell_unread(read.unread, plan.source):
        tell(f"not read  {sentence}")
    return beside(rows, plan.compute(with_figures(plan, find_for)(read.frame)))
