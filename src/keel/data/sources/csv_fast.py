"""The fast way through delimited text: Arrow's reader, where quotes are regular."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from keel.data.sources.bytestream import TextFile
from keel.data.sources.dialect import Dialect
from keel.data.sources.source import BadLine, Chunk, number_lines
from keel.data.sources.text_frame import text_frame


class FastReader:
    """Reads with Arrow until the end, or until a value that is too long for it (`stumbled`)."""

    def __init__(self, file: TextFile, dialect: Dialect, block_bytes: int) -> None:
        self._file = file
        self._dialect = dialect
        self._block_bytes = block_bytes
        self._bad: list[BadLine] = []
        self._bad_numbers: list[int] = []
        self._waiting: list[BadLine] = []
        self._ahead = 0
        self.stumbled = False

    def chunks(self) -> Iterator[Chunk]:
        """Chunks in order. Bad lines before them wait in `take_bad`."""
        width = len(self._dialect.names)
        aliases = [f"c{i}" for i in range(width)]
        start = 1
        try:
            with self._file.open() as stream:
                reader = self._open(stream, aliases)
                for batch in reader:
                    if batch.num_rows:
                        numbers = self._numbers(start, batch.num_rows)
                        start = int(numbers[-1]) + 1
                        lines = self._lines(numbers, batch)
                        yield _without_blank(Chunk(text_frame(batch, self._dialect.names), lines))
        except pa.ArrowInvalid:
            self.stumbled = True

    def take_bad(self) -> list[BadLine]:
        """Bad lines before the rows handed out last and not taken yet."""
        taken, self._bad = self._bad, []
        return taken

    def take_rest(self) -> list[BadLine]:
        """Bad lines after the last row."""
        rest, self._waiting = self._waiting, []
        return [replace(line, line=line.line + self._ahead) for line in rest]

    def _open(self, stream: pa.NativeFile, aliases: list[str]) -> Any:
        quoted = self._dialect.quoted and self._file.quotes != "none"
        return pyarrow.csv.open_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False,
                block_size=self._block_bytes,
                skip_rows=self._dialect.skip_lines,
                column_names=aliases,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._dialect.delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted and self._file.several_lines,
                ignore_empty_lines=False,
                invalid_row_handler=self._refuse,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(aliases, pa.string()),
                null_values=[],
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )

    def _refuse(self, row: Any) -> str:
        insort(self._bad_numbers, row.number - self._dialect.skip_lines)
        if row.text.strip():
            reason = f"{row.actual_columns} fields instead of {row.expected_columns}"
            self._waiting.append(BadLine(row.number, reason, row.text))
        return "skip"

    def _numbers(self, start: int, count: int) -> NDArray[np.int64]:
        """Numbers of the next `count` good records, among all records after the header."""
        bad = np.asarray(self._bad_numbers, dtype=np.int64)
        bad = bad[bad >= start]
        candidates = number_lines(start, count + len(bad))
        return candidates[~np.isin(candidates, bad)][:count]

    def _lines(self, numbers: NDArray[np.int64], batch: pa.RecordBatch) -> NDArray[np.int64]:
        """Lines in the file, which run ahead of records where a value holds line breaks."""
        breaks = self._breaks(batch)
        ahead = self._ahead + np.cumsum(breaks)
        lines: NDArray[np.int64] = numbers + self._dialect.skip_lines + ahead - breaks
        records = numbers + self._dialect.skip_lines
        later = []
        for line in self._waiting:
            before = int(np.searchsorted(records, line.line)) - 1
            if before == len(records) - 1:
                later.append(line)
                continue
            offset = int(ahead[before]) if before >= 0 else self._ahead
            self._bad.append(replace(line, line=line.line + offset))
        self._waiting = later
        self._ahead = int(ahead[-1])
        return lines

    def _breaks(self, batch: pa.RecordBatch) -> NDArray[np.int64]:
        breaks = np.zeros(batch.num_rows, dtype=np.int64)
        if self._dialect.quoted and self._file.several_lines:
            for column in batch.columns:
                text = column.buffers()[2]
                if text is not None and b"\n" in bytes(text):
                    counts = pl.Series(column).str.count_matches("\n", literal=True)
                    breaks += counts.to_numpy().astype(np.int64)
        return breaks


def _without_blank(chunk: Chunk) -> Chunk:
    frame = chunk.frame
    if frame.width == 1 or not (frame.to_series(0) == "").any():
        return chunk
    filled = frame.select(pl.any_horizontal(pl.all() != "")).to_series()
    return Chunk(frame.filter(filled), chunk.lines[filled.to_numpy()])
