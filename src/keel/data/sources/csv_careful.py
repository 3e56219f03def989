"""The careful way through delimited text: record by record, giving up a broken one alone."""

import csv
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from keel.data.sources.bytestream import TextFile, read_lines
from keel.data.sources.dialect import Dialect
from keel.data.sources.source import CHUNK_ROWS, BadLine, Chunk, OnBad
from keel.data.sources.text_frame import text_frame

RECORD_LINES = 1000


def careful_chunks(
    file: TextFile, dialect: Dialect, on_bad: OnBad, skip_rows: int, skip_bad: int
) -> Iterator[Chunk]:
    """Chunks read record by record; the first `skip_rows` rows and `skip_bad` bad lines are not
    told again."""
    width = len(dialect.names)
    rows: list[list[str]] = []
    lines: list[int] = []
    for number, fields, text in _records(file, dialect):
        if len(fields) != width:
            if skip_bad > 0:
                skip_bad -= 1
            else:
                reason = f"{len(fields)} fields instead of {width}"
                if not fields:
                    reason = "a quote is not closed"
                on_bad(BadLine(number, reason, text))
        elif skip_rows > 0:
            skip_rows -= 1
        else:
            rows.append(fields)
            lines.append(number)
        if len(rows) >= CHUNK_ROWS:
            yield _chunk(rows, lines, dialect.names)
            rows, lines = [], []
    if rows:
        yield _chunk(rows, lines, dialect.names)


def _chunk(rows: list[list[str]], lines: list[int], names: tuple[str, ...]) -> Chunk:
    columns = {f"c{i}": list(column) for i, column in enumerate(zip(*rows, strict=True))}
    batch = pa.RecordBatch.from_pydict(
        {name: pa.array(column, pa.string()) for name, column in columns.items()}
    )
    return Chunk(text_frame(batch, names), np.asarray(lines, dtype=np.int64))


def _records(file: TextFile, dialect: Dialect) -> Iterator[tuple[int, list[str], str]]:
    """Line number, fields and text of every record that is not blank.

    Lines are joined while a quote is open. Where quotes are irregular and that gives a wrong
    number of fields, or no end, the first line is a record by itself, without fields, and reading
    goes on with the second.
    """
    width = len(dialect.names)
    lines = _Lines(file, dialect.skip_lines)
    while (line := lines.take()) is not None:
        number = lines.number
        text = line
        if _is_open(line, dialect):
            following = _until_closed(line, lines, dialect)
            text = "".join([line, *following])
            fits = not _is_open(text, dialect) and len(_split(text, dialect)) == width
            if not fits and file.quotes == "irregular":
                lines.give_back(following)
                yield number, [], line.rstrip("\r\n")
                continue
        fields = _split(text, dialect)
        is_blank = not text.strip() or (len(fields) == width and not any(fields))
        if width == 1 or not is_blank:
            yield number, fields, text.rstrip("\r\n")


def _until_closed(line: str, lines: "_Lines", dialect: Dialect) -> list[str]:
    """The lines that follow an open quote, until it closes or they are too many."""
    following: list[str] = []
    while len(following) < RECORD_LINES and (more := lines.take()) is not None:
        following.append(more)
        # A line with an even number of quotes leaves an open quote open.
        if more.count('"') % 2 and not _is_open("".join([line, *following]), dialect):
            break
    return following


def _split(text: str, dialect: Dialect) -> list[str]:
    body = text.rstrip("\r\n")
    reader = csv.reader(
        body.splitlines(keepends=True) if "\n" in body else [body],
        delimiter=dialect.delimiter,
        quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
        skipinitialspace=dialect.spaced,
    )
    try:
        return [field for row in reader for field in row] or [""]
    except csv.Error:
        return []


def _is_open(text: str, dialect: Dialect) -> bool:
    """Whether a quoted field begins and does not end."""
    if not dialect.quoted or text.count('"') % 2 == 0:
        return False
    inside = False
    start = True
    i = 0
    body = text.rstrip("\r\n")
    while i < len(body):
        mark = body[i]
        if inside:
            if mark == '"':
                if body[i + 1 : i + 2] == '"':
                    i += 1
                else:
                    inside = False
        elif mark == '"' and start:
            inside = True
        start = not inside and (
            mark == dialect.delimiter or (start and mark == " " and dialect.spaced)
        )
        i += 1
    return inside


class _Lines:
    """The lines of a file, which can be given back."""

    def __init__(self, file: TextFile, skip: int) -> None:
        self._lines = iter(read_lines(file))
        self._returned: list[str] = []
        self.number = 0
        for _ in range(skip):
            self.take()

    def take(self) -> str | None:
        """The next line with its end, or None after the last."""
        line = self._returned.pop() if self._returned else next(self._lines, None)
        self.number += line is not None
        return line

    def give_back(self, lines: list[str]) -> None:
        """Let `lines` come next again."""
        self._returned.extend(reversed(lines))
        self.number -= len(lines)
