"""Features of more rows and events than memory holds, slice by slice of the rows."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from keel.data.conform import tell_unread
from keel.features.events import Rows
from keel.features.find import find_on_disk
from keel.features.read_events import RowReader, figure_columns
from keel.train.progress import Tell, silent
from keel.walk.features.asked import beside, read_asked
from keel.walk.features.prepared import FeaturesPrepared

SLICE = 2**20
"""Rows that memory holds at once, with their features."""


def build_on_disk(
    prepared: FeaturesPrepared, frames: Iterable[pl.DataFrame], scratch: Path, tell: Tell
) -> Iterator[pl.DataFrame]:
    """The rows of all frames in their order, with a column for each feature, slice by slice. All
    slices have the same types.

    scratch: a folder for a copy of the rows and of the events meanwhile. Raises RequestError as
    `read_asked` does.
    """
    plan, unread = prepared.plan, Counter[str]()
    reader = RowReader(plan)
    heads: list[pl.DataFrame] = []

    def lay_out(folder: Path) -> Iterator[Rows]:
        begin = 0
        for number, rows in enumerate(_in_slices(frames, SLICE)):
            once = silent if number else tell
            read = read_asked(plan, rows, prepared.tables, once, first=begin)
            unread.update(read.unread)
            rows.write_ipc(folder / f"asked {number}")
            read.frame.write_ipc(folder / f"read {number}")
            heads.append(rows.clear())
            begin += len(rows)
            yield reader.read(read.frame)

    with TemporaryDirectory(dir=scratch) as home:
        folder = Path(home)
        found = find_on_disk(plan, prepared.tables, lay_out(folder), folder, SLICE)
        for number, figures in enumerate(found):
            # What one slice holds as whole numbers, another may not.
            schema = pl.concat(heads, how="vertical_relaxed").schema
            rows = pl.read_ipc(folder / f"asked {number}").cast(schema)
            read = pl.read_ipc(folder / f"read {number}")
            computed = plan.compute(read.hstack(figure_columns(plan.figures, figures)))
            yield beside(rows, computed)
    for sentence in tell_unread(unread, plan.source):
        tell(f"not read  {sentence}")


def _in_slices(frames: Iterable[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
    """The same rows, so many at once but for the last; one slice at least."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        while sum(map(len, held)) > size:
            every = pl.concat(held, how="vertical_relaxed")
            yield every[:size]
            held = [every[size:]]
    yield pl.concat(held, how="vertical_relaxed") if held else pl.DataFrame()
