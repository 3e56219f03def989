"""How a delimited text file is written, found out from its beginning."""

import csv
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from keel.errors import TableError

DELIMITERS = ("\t", ";", "|", ",", " ")
SAMPLE_LINES = 500
SAMPLE_CHARACTERS = 1 << 18
LEAST_LINES = 20
PREAMBLE_LINES = 10
STANDARD_SHARE = 0.9
TITLE_CHARACTERS = 64

_LINE_END = re.compile(r"\r\n|\n|\r")
_NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*%?\s*")
_TIME = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
_YEAR = re.compile(r"\s*(19|20)\d\d\s*")
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")
_DECIMAL_POINT = re.compile(r"\s*[-+]?\d+\.\d+\s*")
_EMPTY = frozenset({"", "?", "NA", "N/A", "n/a", "null", "NULL", "NaN", "nan"})


@dataclass(frozen=True)
class Dialect:
    """A way of writing rows as lines.

    quoted: fields may be put in double quotes. spaced: spaces may stand between a delimiter and
    an opening quote. decimal_comma: numbers are written `1,5`. names: of the columns; named: they
    were found or given. preamble: lines before the rows, with their
    numbers, that are neither rows nor a header.
    skip_lines: how many lines come before the first row.
    """

    delimiter: str
    quoted: bool
    spaced: bool
    decimal_comma: bool
    names: tuple[str, ...]
    named: bool
    preamble: tuple[tuple[int, str], ...]
    skip_lines: int


def find_dialect(
    text: str,
    columns: tuple[str, ...] | None,
    place: str,
    wanted: Collection[str] = (),
) -> Dialect:
    """The dialect of a file that begins with `text`.

    columns: names to give; a first line that looks like a header of as many fields is then
    skipped. wanted: names that columns should have; a first line with one of them is a header.
    Raises TableError when the file has another number of fields than `columns`.
    """
    lines = _first_lines(text)
    if not any(line.strip() for line in lines):
        raise TableError(f"{place} is empty: it needs a header and at least one row")
    delimiter = _find_delimiter(lines)
    quoted = _is_quoted(lines, delimiter)
    spaced = quoted and any(f'{delimiter} "' in line for line in lines) and delimiter != " "
    rows, starts = _records(lines, delimiter, quoted=quoted)
    width = max(_usual_width(rows), len(rows[0]))
    # Some programs write row names without a name for their column.
    unnamed = len(rows[0]) == width - 1 and all(len(row) == width for row in rows[1:])
    if unnamed and _is_header(["", *rows[0]], rows[1:]):
        rows[0] = ["", *rows[0]]
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    first = first if first <= PREAMBLE_LINES else 0
    if columns is not None and len(columns) != width:
        raise TableError(
            f"{place} has {width} columns (delimiter {delimiter!r}), but {len(columns)} names are "
            f"given: {', '.join(columns)}; give one name per column"
        )
    is_wanted = not {cell.strip() for cell in rows[first]}.isdisjoint({*wanted, *(columns or ())})
    header = is_wanted or _is_header(rows[first], rows[first + 1 :])
    names = columns or (_named(rows[first]) if header else _made_up(width))
    begin = starts[first + 1] if header else starts[first]
    return Dialect(
        delimiter=delimiter,
        quoted=quoted,
        spaced=spaced,
        decimal_comma=delimiter != "," and _has_decimal_comma(rows[first:]),
        names=names,
        named=columns is not None or header,
        preamble=tuple(
            (i + 1, line) for i, line in enumerate(lines[: starts[first]]) if line.strip()
        ),
        skip_lines=begin,
    )


def _first_lines(text: str) -> list[str]:
    """Some lines: fewer if they are long, but never too few to compare."""
    lines = _LINE_END.split(text, maxsplit=SAMPLE_LINES)[:SAMPLE_LINES]
    size = 0
    for i, line in enumerate(lines):
        size += len(line)
        if size > SAMPLE_CHARACTERS and i >= LEAST_LINES:
            return lines[:i]
    return lines


def _find_delimiter(lines: Sequence[str]) -> str:
    """The one that cuts most lines into the same number of fields, the first row among them."""
    best = ","
    best_score: tuple[float, ...] = ()
    for rank, delimiter in enumerate(DELIMITERS):
        rows, _ = _records(lines, delimiter, quoted=True)
        plain, _ = _records(lines, delimiter, quoted=False)
        rows = max(rows, plain, key=_evenness)
        width = _usual_width(rows)
        least = 3 if delimiter == " " else 2
        if width < least:
            continue
        even = _evenness(rows)
        score = (float(even >= STANDARD_SHARE), float(len(rows[0]) == width), round(even, 1), -rank)
        if delimiter == " " and best_score and best_score[0]:
            continue
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _evenness(rows: Sequence[Sequence[str]]) -> float:
    width = _usual_width(rows)
    return sum(len(row) == width for row in rows) / max(len(rows), 1)


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda width: (counts[width], width)) if counts else 0


def _is_quoted(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a quote at the start of a field opens a quoted field, or is only a character."""
    opening = re.compile(rf'(?:^|{re.escape(delimiter)}) *"')
    opened = sum(len(opening.findall(line)) for line in lines)
    if not opened:
        return delimiter != "\t"
    quoted, _ = _records(lines, delimiter, quoted=True)
    plain, _ = _records(lines, delimiter, quoted=False)
    closed = re.compile(
        rf'(?:^|(?<={re.escape(delimiter)})) *"(?:[^"]|"")*"(?=$|{re.escape(delimiter)})'
    )
    whole = sum(len(closed.findall(line)) for line in lines)
    if whole >= STANDARD_SHARE * opened:
        return True
    return _evenness(quoted) > _evenness(plain) or (
        _evenness(quoted) == _evenness(plain) == 1 and delimiter != "\t"
    )


def _records(
    lines: Sequence[str], delimiter: str, *, quoted: bool
) -> tuple[list[list[str]], list[int]]:
    """Rows that are not blank, and the line where each begins; one more for the end."""
    reader = csv.reader(
        (f"{line}\n" for line in lines),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        skipinitialspace=delimiter != "\t",
    )
    rows: list[list[str]] = []
    starts: list[int] = []
    begin = 0
    try:
        for row in reader:
            if any(field.strip() for field in row):
                rows.append(row)
                starts.append(begin)
            begin = reader.line_num
    except csv.Error:
        pass
    return rows, [*starts, begin]


def _is_header(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a row names the columns below it rather than being one of them."""
    body = [row for row in body if len(row) == len(first)]
    cells = [cell.strip() for cell in first]
    values = [
        [cell for row in body if (cell := row[i].strip()) not in _EMPTY] for i in range(len(cells))
    ]
    titles = sum(
        bool(column) and not _is_value(cell) and cell not in _EMPTY and _are_values(column)
        for cell, column in zip(cells, values, strict=True)
    )
    numbers = sum(_is_value(cell) and not _YEAR.fullmatch(cell) for cell in cells)
    if titles or numbers:
        return titles > numbers
    if len(set(cells)) < len(cells) or any(cell in _EMPTY - {""} for cell in cells):
        return False
    again = sum(cell in column for cell, column in zip(cells, values, strict=True))
    return again < len(cells) / 2 and all(len(cell) <= TITLE_CHARACTERS for cell in cells)


def _is_value(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _TIME.fullmatch(cell))


def _are_values(column: Sequence[str]) -> bool:
    return sum(map(_is_value, column)) >= len(column) / 2


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip() or f"c{i}" for i, cell in enumerate(cells))


def _made_up(width: int) -> tuple[str, ...]:
    return tuple(f"c{i}" for i in range(width))


def _has_decimal_comma(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    return commas > 0 and not any(_DECIMAL_POINT.fullmatch(cell) for cell in cells)
