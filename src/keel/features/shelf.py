"""Rows on disk, apart by the hash of their entity, so that one part of them fits in memory."""

from pathlib import Path

import polars as pl
import pyarrow as pa

ROW, KEY, ENTITY = "row", "key", "entity"

_PART, _HASH = "part", "hash"


class Shelf:
    """Frames that have all the same columns, `ENTITY` and the number `ROW` among them; one at
    least. Where there is a `KEY` and it has rows in several parts, each of these gets all of them:
    an event may have moved to another entity, and is gone from where it was.

    folder: is made. nowhere: the part of rows without an entity; after all others, they are in
    none.
    """

    def __init__(self, folder: Path, parts: int, *, nowhere: int) -> None:
        self.parts = parts
        self._folder = folder
        self._nowhere = nowhere
        self._empty = pl.DataFrame()
        self._writers: dict[str, pa.RecordBatchStreamWriter] = {}
        folder.mkdir()

    def put(self, frame: pl.DataFrame) -> None:
        """Add rows. Which part they are in holds for this process alone."""
        part = (pl.col(ENTITY).hash() % self.parts).fill_null(self._nowhere)
        frame = frame.with_columns(part.cast(pl.UInt32).alias(_PART))
        self._empty = frame.clear().drop(_PART)
        self._write("rows", frame)
        if KEY in frame.columns and self._nowhere == self.parts:
            key = frame.select(pl.col(KEY).hash().alias(_HASH), pl.col(_PART).alias("of"))
            part = (pl.col(_HASH) % self.parts).cast(pl.UInt32)
            self._write("keys", key.with_columns(part.alias(_PART)))

    def close(self) -> None:
        """Say that all rows are there."""
        self._finish()
        moved = []
        for part in range(self.parts):
            keys = self._take(f"keys {part}")
            if keys is not None:
                several = keys.filter(pl.col(_HASH).is_duplicated()).unique()
                moved.append(several.filter(pl.col(_HASH).is_duplicated()))
        if moved and len(places := pl.concat(moved)):
            self._copy(places)
            self._finish()

    def take(self, part: int) -> pl.DataFrame:
        """The rows of a part, in the order in which they were put; they are removed."""
        there = (self._take(f"rows {part}"), self._take(f"copies {part}"))
        return pl.concat([self._empty, *(f for f in there if f is not None)]).sort(ROW)

    def _copy(self, places: pl.DataFrame) -> None:
        """Rows of keys that moved, to all parts in which they have others."""
        for part in range(self.parts + 1):
            rows = self._read(f"rows {part}")
            if rows is not None:
                copies = rows.with_columns(pl.col(KEY).hash().alias(_HASH)).join(places, on=_HASH)
                copies = copies.filter((pl.col("of") != part) & (pl.col("of") < self.parts))
                self._write("copies", copies.drop(_HASH).rename({"of": _PART}))

    def _write(self, name: str, frame: pl.DataFrame) -> None:
        groups = frame.partition_by(_PART, as_dict=True, include_key=False)
        for (part,), group in groups.items():
            table = group.to_arrow(compat_level=pl.CompatLevel.oldest())
            file = f"{name} {part}"
            if file not in self._writers:
                self._writers[file] = pa.ipc.new_stream(self._folder / file, table.schema)
            self._writers[file].write_table(table)

    def _finish(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _read(self, name: str) -> pl.DataFrame | None:
        file = self._folder / name
        return pl.read_ipc_stream(file) if file.exists() else None

    def _take(self, name: str) -> pl.DataFrame | None:
        frame = self._read(name)
        if frame is not None:
            (self._folder / name).unlink()
        return frame
