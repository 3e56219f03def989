"""Tables that are already in memory: Polars, pandas, Arrow, or a list of rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from keel.data.cast import holds_texts
from keel.data.sources.loose import loose_frame
from keel.data.sources.source import CHUNK_ROWS, Chunk, OnBad, number_lines
from keel.data.sources.typed import readable
from keel.errors import TableError

INDEX = "__index_level_"


class FrameSource:
    """A table in memory. Lines are row numbers; an index of pandas is ignored."""

    def __init__(self, table: object) -> None:
        """Raises TableError for something that is no table."""
        self._frame, self.notes = _read(table)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._frame.columns)

    @property
    def named(self) -> bool:
        return True

    @property
    def frame(self) -> pl.DataFrame:
        """All of it."""
        return self._frame

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:  # noqa: ARG002
        start = 1
        for part in self._frame.iter_slices(CHUNK_ROWS):
            yield Chunk(part, number_lines(start, len(part)))
            start += len(part)


def _read(table: object) -> tuple[pl.DataFrame, tuple[str, ...]]:
    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    if isinstance(table, Mapping):
        lists = {str(name): list(values) for name, values in table.items()}
        return _of_columns(lists), ()
    if isinstance(table, Sequence) and not isinstance(table, str | bytes):
        if not all(isinstance(row, Mapping) for row in table):
            raise TableError("a list of rows must hold one mapping of column to value per row")
        return loose_frame(table), ()
    if type(table).__module__.split(".")[0] == "pandas":
        table = _of_pandas(table)
    if not isinstance(table, pl.DataFrame | pa.Table | pa.RecordBatch) and not hasattr(
        table, "__arrow_c_stream__"
    ):
        raise TableError(
            f"{type(table).__name__} is not a table: give a path, a Polars, pandas or Arrow "
            "table, or a list of mappings"
        )
    return _of_arrow(table)


def _of_arrow(table: Any) -> tuple[pl.DataFrame, tuple[str, ...]]:
    if isinstance(table, pl.DataFrame):
        nested = [
            name
            for name, dtype in table.schema.items()
            if dtype.is_nested() and not holds_texts(table[name])
        ]
        notes = tuple(
            f"column {name} holds {table.schema[name]}, which no kind can: left out"
            for name in nested
        )
        return table.drop(nested), notes
    try:
        arrow = pa.table(table)
    except (pa.ArrowInvalid, TypeError, ValueError) as error:
        raise TableError(f"{type(table).__name__} is not a table of named columns") from error
    if len(set(arrow.column_names)) < arrow.num_columns:
        seen = [name for name in arrow.column_names if arrow.column_names.count(name) > 1]
        raise TableError(f"column {seen[0]!r} stands twice: give every column its own name")
    kept, notes = readable(arrow.schema)
    kept = [i for i in kept if not arrow.column_names[i].startswith(INDEX)]
    frame = pl.from_arrow(arrow.select(kept))
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("an Arrow table is a frame")
    return frame, notes


def _of_pandas(table: Any) -> pa.Table | pl.DataFrame:
    names = [str(name) for name in getattr(table, "columns", ())]
    if not hasattr(table, "columns"):
        raise TableError("a pandas Series is one column: give a DataFrame")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TableError(f"column {twice!r} stands twice: give every column its own name")
    try:
        arrow = pa.Table.from_pandas(table, preserve_index=False)
        return arrow.rename_columns(names)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return _of_columns({name: table.iloc[:, i].tolist() for i, name in enumerate(names)})


def _of_columns(columns: dict[str, list[Any]]) -> pl.DataFrame:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise TableError(f"columns differ in length: {lengths}")
    return loose_frame(
        [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        list(columns),
    )
