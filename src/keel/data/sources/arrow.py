"""Arrow IPC files and streams (Feather among them)."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from keel.data.sources.source import CHUNK_ROWS, Chunk, OnBad, number_lines
from keel.data.sources.typed import readable, typed_frame
from keel.errors import TableError


class ArrowSource:
    """An Arrow IPC file or stream, memory-mapped. Lines are row numbers."""

    def __init__(self, path: Path) -> None:
        """Raises TableError for a file that is neither."""
        self._path = path
        try:
            with pa.memory_map(str(path)) as file:
                schema: pa.Schema = next(_readers(file)).schema
        except (pa.ArrowInvalid, OSError) as error:
            raise TableError(f"{path} is not a readable Arrow file: {error}") from error
        self._kept, self.notes = readable(schema)
        names = schema.names
        self.names = tuple(names[i] for i in self._kept)

    @property
    def named(self) -> bool:
        return True

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:  # noqa: ARG002
        start = 1
        first: dict[str, int] = {}
        for name, i in zip(self.names, self._kept, strict=True):
            first.setdefault(name, i)
        kept = list(first.values())
        with pa.memory_map(str(self._path)) as file:
            for batch in _batches(file):
                columns = batch.select(kept)
                for offset in range(0, columns.num_rows, CHUNK_ROWS):
                    part = columns.slice(offset, CHUNK_ROWS)
                    yield Chunk(typed_frame(part), number_lines(start, part.num_rows))
                    start += part.num_rows


def _readers(file: pa.MemoryMappedFile) -> Iterator[pyarrow.ipc.RecordBatchStreamReader]:
    try:
        yield pyarrow.ipc.open_file(file)
    except pa.ArrowInvalid:
        file.seek(0)
        yield pyarrow.ipc.open_stream(file)


def _batches(file: pa.MemoryMappedFile) -> Iterator[pa.RecordBatch]:
    reader = next(_readers(file))
    if isinstance(reader, pyarrow.ipc.RecordBatchFileReader):
        for i in range(reader.num_record_batches):
            yield reader.get_batch(i)
    else:
        yield from reader
