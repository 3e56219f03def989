"""JSON: one object per line, or one list of objects."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from keel.data.sources.bytestream import TextFile, look_through, read_lines
from keel.data.sources.loose import loose_frame
from keel.data.sources.source import CHUNK_ROWS, BadLine, Chunk, OnBad
from keel.errors import TableError

LIST_BYTES = 1 << 30


class JsonSource:
    """A file of JSON objects, one row each. A name that a row lacks is a missing value there."""

    def __init__(self, path: Path) -> None:
        """Reads the file once to learn the names. Raises TableError if it holds no object."""
        self._path = path
        self._file: TextFile = look_through(path)
        start, _ = self._file.sample(4096)
        self._is_list = start.lstrip().startswith("[")
        names: dict[str, None] = {}
        for row, _, _ in self._rows():
            if isinstance(row, dict):
                names.update(dict.fromkeys(row))
        if not names:
            raise TableError(f"{path} holds no JSON object: write one per line")
        self.names = tuple(names)

    @property
    def named(self) -> bool:
        return True

    @property
    def notes(self) -> tuple[str, ...]:
        return self._file.notes

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:
        rows: list[dict[str, Any]] = []
        lines: list[int] = []
        for row, line, text in self._rows():
            if isinstance(row, dict):
                rows.append(row)
                lines.append(line)
            else:
                reason = row if isinstance(row, str) else "is not a JSON object"
                on_bad(BadLine(line, reason, text))
            if len(rows) >= CHUNK_ROWS:
                yield Chunk(loose_frame(rows, self.names), np.asarray(lines, dtype=np.int64))
                rows, lines = [], []
        if rows:
            yield Chunk(loose_frame(rows, self.names), np.asarray(lines, dtype=np.int64))

    def _rows(self) -> Iterator[tuple[object, int, str]]:
        """What each line holds, its number and its text; a reason instead of a broken line."""
        if self._is_list:
            for number, row in enumerate(self._list()):
                value = row if isinstance(row, dict) else "is not a JSON object"
                yield value, number + 1, "" if value is row else str(row)
            return
        decode = msgspec.json.Decoder().decode
        for number, line in enumerate(read_lines(self._file)):
            text = line.strip()
            if not text:
                continue
            try:
                row = decode(text)
            except msgspec.DecodeError as error:
                row = f"is not JSON: {error}"
                yield row, number + 1, text
                continue
            yield row if isinstance(row, dict) else None, number + 1, text

    def _list(self) -> list[Any]:
        with self._file.open() as stream:
            content = stream.read(LIST_BYTES + 1)
        if len(content) > LIST_BYTES:
            raise TableError(
                f"{self._path} is one list of more than {LIST_BYTES >> 30} GiB, which cannot be "
                "read piece by piece: write one object per line (JSONL)"
            )
        try:
            rows = msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            raise TableError(f"{self._path} is not JSON: {error}") from error
        return rows if isinstance(rows, list) else [rows]
