"""A checked table: an Arrow file of known columns, mapped into memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc

from keel.spec.kinds import Kind
from keel.spec.log import LogSpec
from keel.spec.time_form import TimeForm

PHYSICAL: dict[Kind, pl.DataType] = {
    Kind.NUMBER: pl.Float64(),
    Kind.CATEGORY: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.TIME: pl.Datetime("us"),
    Kind.TEXT: pl.String(),
    Kind.SEQUENCE: pl.String(),
}
"""How each kind is stored. Missing is null, never NaN; times are UTC without a zone; numbers are
finite (an infinite value becomes null and is counted); a sequence is a line for each element."""


@dataclass(frozen=True)
class Column:
    """One column of a checked table, stored as `PHYSICAL[kind]`. form: how its times were written
    where they were texts, and so must be written again; None reads texts as ISO. log: how its
    lines are read, where it is a sequence of log lines."""

    name: str
    kind: Kind
    form: TimeForm | None = None
    log: LogSpec | None = None


@dataclass(frozen=True)
class Table:
    """An uncompressed Arrow IPC file whose columns are `columns`, in this order.

    `fingerprint` is the SHA-256 of its content (column names, kinds and values), the same for the
    same rows whatever file they were read from.
    """

    path: Path
    columns: tuple[Column, ...]
    rows: int
    fingerprint: str

    def read(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows, of all columns or of these in their order. Only texts are copied; the rest
        stays in the file, paged in when looked at."""
        # Polars maps the file too, but then copies every column out of it.
        with pa.memory_map(str(self.path)) as file, pyarrow.ipc.open_file(file) as reader:
            held = reader.read_all()
            held = held if columns is None else held.select(list(columns))
            return pl.DataFrame(pl.from_arrow(held, rechunk=False))

    def read_spread(self, before: int, most: int) -> pl.DataFrame:
        """The rows before this one; where they are more than `most`, so many of them at most, in
        stretches that lie evenly over all."""
        if before <= most:
            return self.read().head(before)
        with pa.memory_map(str(self.path)) as file, pyarrow.ipc.open_file(file) as reader:
            size = reader.get_batch(0).num_rows
            whole = before // size
            numbers = np.arange(most // size) * whole // max(most // size, 1)
            batches = [reader.get_batch(number) for number in numbers.tolist()]
            held = pa.Table.from_batches(batches, reader.schema)
            return pl.DataFrame(pl.from_arrow(held, rechunk=False))

    def slices(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The same rows, of all columns or of these in the table's order, as they were written
        piece by piece; memory holds one of them."""
        names = [column.name for column in self.columns]
        fields = None if columns is None else [names.index(name) for name in columns]
        options = pyarrow.ipc.IpcReadOptions(included_fields=fields)
        with (
            pa.OSFile(str(self.path)) as file,
            pyarrow.ipc.open_file(file, options=options) as reader,
        ):
            for number in range(reader.num_record_batches):
                yield pl.DataFrame(pl.from_arrow(reader.get_batch(number)))

    def column(self, name: str) -> Column:
        """The column called `name`. Raises KeyError."""
        return next(column for column in self.columns if column.name == name)
