"""Delimited text: any delimiter, with or without a header, packed or not, malformed lines told."""

from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from keel.data.sources.bytestream import TextFile, look_through
from keel.data.sources.csv_careful import careful_chunks
from keel.data.sources.csv_fast import FastReader
from keel.data.sources.dialect import Dialect, find_dialect
from keel.data.sources.source import BadLine, Chunk, OnBad

SAMPLE_BYTES = 1 << 22
BLOCK_BYTES = 1 << 22
MOST_BLOCK_BYTES = 1 << 30
LEAST_ROWS = 4096
NAMES_OF_DELIMITERS = {"\t": "tab", " ": "space"}

_DECIMAL_COMMA = r"^\s*([-+]?\d+),(\d+)\s*$"


class CsvSource:
    """A delimited text file. Every value comes as text; nothing is taken for missing here.

    A line without a value in any of several columns is a blank line, not a row.
    """

    def __init__(
        self,
        path: Path,
        columns: tuple[str, ...] | None = None,
        wanted: Collection[str] = (),
    ) -> None:
        """columns, wanted: see `find_dialect`.

        Raises TableError for an empty file, or one that does not fit `columns`.
        """
        self._file: TextFile = look_through(path)
        text, whole = self._file.sample(SAMPLE_BYTES)
        text = text if whole else text[: text.rfind("\n") + 1] or text
        self._dialect: Dialect = find_dialect(text, columns, str(path), wanted)
        irregular = self._dialect.quoted and self._file.quotes == "irregular"
        self._careful = irregular or self._dialect.spaced
        line_bytes = len(text) / max(text.count("\n"), 1)
        self._block_bytes = int(min(max(BLOCK_BYTES, line_bytes * LEAST_ROWS), MOST_BLOCK_BYTES))

    @property
    def names(self) -> tuple[str, ...]:
        return self._dialect.names

    @property
    def named(self) -> bool:
        return self._dialect.named

    @property
    def notes(self) -> tuple[str, ...]:
        notes = list(self._file.notes)
        delimiter = self._dialect.delimiter
        if delimiter != ",":
            shown = NAMES_OF_DELIMITERS.get(delimiter, f"`{delimiter}`")
            notes.append(f"columns are separated by {shown}")
        if not self._dialect.named:
            last = len(self.names) - 1
            notes.append(f"no header was found: the columns are called c0 to c{last}")
        if self._dialect.decimal_comma:
            notes.append("numbers are written with a decimal comma")
        return tuple(notes)

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:
        """Chunks of text columns.

        A quote that is never closed would swallow the lines after it; a file with such quotes is
        read by the careful reader, which gives up that line alone. A value too long for the fast
        reader hands over to the careful one, which starts again and skips what was already told.
        """
        for number, line in self._dialect.preamble:
            on_bad(BadLine(number, "comes before the first row", line))
        rows = 0
        bad = 0
        if not self._careful:
            reader = FastReader(self._file, self._dialect, self._block_bytes)
            for chunk in reader.chunks():
                for told in reader.take_bad():
                    on_bad(told)
                    bad += 1
                rows += len(chunk.lines)
                yield self._as_found(chunk)
            self._careful = reader.stumbled
            if not self._careful:
                for told in reader.take_rest():
                    on_bad(told)
                return
        yield from map(self._as_found, careful_chunks(self._file, self._dialect, on_bad, rows, bad))

    def _as_found(self, chunk: Chunk) -> Chunk:
        if not self._dialect.decimal_comma:
            return chunk
        points = pl.all().str.replace(_DECIMAL_COMMA, "${1}.${2}")
        return Chunk(chunk.frame.select(points), chunk.lines)
