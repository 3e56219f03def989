"""A file of answers that one process is writing: an Arrow stream, sealed into Parquet."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from keel.backends.disk import flush_folder

OPEN = ".arrow"
SEALED = ".parquet"

_COMPRESSION = "zstd"
_REPEATED = ["arm", "prediction", "action", "error"]
"""A dictionary of what differs in every row costs more than it saves."""


class Segment:
    """Grows by whole batches. A batch that `write` returned from outlives this process; one that
    `sync` came after outlives a power cut."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        """path: of a file that is not there yet."""
        self.path = path
        self.size = 0
        self.is_dirty = False
        self._schema = schema

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch of the segment's schema. Raises OSError; then nothing was appended."""
        if not self.size:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._append(self._schema.serialize())
        self._append(batch.serialize())

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fdatasync(handle)
        finally:
            os.close(handle)
        self.is_dirty = False

    def seal(self) -> None:
        """See `seal`. The segment must not be written to afterwards."""
        if self.size:
            seal(self.path)

    def _append(self, data: pa.Buffer) -> None:
        # Opened each time: a server may hold more versions than a process may have files open.
        # A file that somebody took away does not come back with a hole for a beginning.
        handle = os.open(self.path, os.O_WRONLY | (0 if self.size else os.O_CREAT), 0o600)
        try:
            done = 0
            view = memoryview(data)
            while done < len(view):
                done += os.pwrite(handle, view[done:], self.size + done)
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, self.size)
            raise
        finally:
            os.close(handle)
        self.size += len(view)
        self.is_dirty = True


@dataclass(frozen=True, eq=False)
class Recovered:
    """table: the whole batches of a segment, None where there is none. torn_bytes: what follows
    them, of a batch that was never finished."""

    table: pa.Table | None
    torn_bytes: int


def read_segment(path: Path) -> Recovered:
    """The whole batches of a segment, also while it is written or after its process died.

    Raises FileNotFoundError.
    """
    data = path.read_bytes()
    reader = pa.BufferReader(data)
    batches: list[pa.RecordBatch] = []
    whole = 0
    # What is torn can look like anything; it ends where Arrow no longer reads it.
    with suppress(pa.ArrowException, OSError, EOFError):
        schema = pa.ipc.read_schema(reader)
        whole = reader.tell()
        while whole < len(data):
            batch = pa.ipc.read_record_batch(pa.ipc.read_message(reader), schema)
            batch.validate(full=True)
            batches.append(batch)
            whole = reader.tell()
    table = pa.Table.from_batches(batches) if batches else None
    return Recovered(table, len(data) - whole)


def seal(path: Path) -> int:
    """Turn the segment at `path` into Parquet beside it; how many bytes of a torn batch were cut.

    A process that dies on the way leaves the segment, or both, which is as good. Raises OSError.
    """
    sealed = path.with_suffix(SEALED)
    found = read_segment(path)
    if found.table is not None and not sealed.exists():
        made = path.with_name(f".{path.stem}-{uuid4().hex}")
        try:
            pa.parquet.write_table(
                found.table, made, compression=_COMPRESSION, use_dictionary=_REPEATED
            )
            handle = os.open(made, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            made.rename(sealed)
        finally:
            made.unlink(missing_ok=True)
        flush_folder(path.parent)
    path.unlink(missing_ok=True)
    return found.torn_bytes
