"""The answers of a system from its log, whoever wrote them and whether or not they still do."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa

from keel.serve.answers.layout import FIXED
from keel.serve.answers.segment import OPEN, SEALED, read_segment


@dataclass(frozen=True, eq=False)
class Answers:
    """frame: a row for each answer in the order of their times, with the columns of `FIXED`, the
    `version`, what it said (`scores`, `prediction`, `action`, `items`), and what it rests on
    (`feature.NAME`, `asked.NAME`); columns that a version does not have are null in its rows.
    dropped: how many answers were not kept, by version, arm, release and step, with the time at
    which that was noted."""

    frame: pl.LazyFrame
    dropped: pl.DataFrame


_DROPPED = ("version", "arm", "release", "step", "time", "dropped")


def read_answers(
    root: Path,
    system: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    versions: Collection[int] | None = None,
) -> Answers:
    """The answers of `system` from `since` on and before `until`.

    root: the folder of answers. Batches that are being written while this reads are left out.
    """
    frames = [
        scan.with_columns(pl.lit(number, pl.Int64).alias("version"))
        for number, folder in _folders(root / system)
        if versions is None or number in versions
        for scan in _scans(folder)
    ]
    every = pl.concat([_none(), *frames], how="diagonal_relaxed")
    if since is not None:
        every = every.filter(pl.col("time") >= since)
    if until is not None:
        every = every.filter(pl.col("time") < until)
    kept = every.filter(pl.col("dropped").is_null()).drop("dropped")
    dropped = every.filter(pl.col("dropped").is_not_null()).select(_DROPPED)
    return Answers(kept.sort("time", maintain_order=True), dropped.sort("time").collect())


def _folders(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in folder.glob("*"):
        if path.name.isdecimal():
            yield int(path.name), path


def _scans(folder: Path) -> Iterator[pl.LazyFrame]:
    being_written: dict[str, pa.Table] = {}
    for path in sorted(folder.glob(f"*{OPEN}")):
        try:
            found = read_segment(path).table
        except FileNotFoundError:
            # Sealed meanwhile: it is found below.
            continue
        if found is not None:
            being_written[path.stem] = found
    # Looked for last: what was sealed since it was read is not taken twice.
    for path in sorted(folder.glob(f"*{SEALED}")):
        being_written.pop(path.stem, None)
        yield pl.scan_parquet(path)
    for table in being_written.values():
        yield pl.LazyFrame(pl.DataFrame(table))


def _none() -> pl.LazyFrame:
    frame = pl.DataFrame(FIXED.empty_table())
    return frame.lazy().with_columns(pl.lit(None, pl.Int64).alias("version"))
