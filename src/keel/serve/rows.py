"""From the rows of a JSON request to a frame."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import msgspec
import polars as pl

from keel.data.cast import cast
from keel.data.table import PHYSICAL
from keel.errors import RequestError
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.train.export.signature import Input, Signature

MOST_PROBLEMS = 20

_ROW = '\nevery row is an object with a value for each column: {"amount": 12.5, ...}'
_ABSENT = object()
_NOTHING = {type(None)}
_NULL = pl.Null()
_DTYPES: dict[type, pl.DataType] = {
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
    str: pl.String(),
}
_EVENT_TYPES: tuple[type, ...] = (str, int, dict)
_WORDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


@dataclass(frozen=True, eq=False)
class RequestRows:
    """frame: [n] with the signature's input columns. unread: how many values of each column were
    found, on the way, not to be of its kind, and are missing in `frame`."""

    frame: pl.DataFrame
    unread: Mapping[str, int]


def frame_of(rows: Sequence[Any], signature: Signature, kept: Sequence[str] = ()) -> RequestRows:
    """The rows with the signature's input columns: see `frame_of_inputs`.

    kept: columns that are taken along as texts where rows have them.
    """
    missing = frozenset(signature.missing)
    read = frame_of_inputs(rows, signature.inputs, missing, named=signature.listing is not None)
    others = [name for name in kept if name not in read.frame.columns]
    along = [
        pl.Series(name, [text_of(row.get(name)) for row in rows], pl.String)
        for name in others
        if any(name in row for row in rows)
    ]
    return RequestRows(read.frame.with_columns(along), read.unread) if along else read


def frame_of_inputs(
    rows: Sequence[Any], inputs: Sequence[Input], missing: frozenset[str], *, named: bool = False
) -> RequestRows:
    """The rows with these columns; what else they hold is ignored.

    Values keep their type. Where one column has several, each value is read as the column's kind
    by itself, so that a row means the same whatever stands beside it. named: a row must say whom it
    is about. Raises RequestError naming every row that is no object, and every column that is
    missing or holds a list or an object.
    """
    odd = [i for i, row in enumerate(rows) if not isinstance(row, dict)]
    if odd:
        raise RequestError(_listed(f"row {i} is {describe(rows[i])}" for i in odd) + _ROW)
    problems = _nameless(rows, inputs) if named else []
    schema: dict[str, pl.DataType] = {}
    special: list[pl.Series] = []
    unread: Counter[str] = Counter()
    for column in inputs:
        absent = None if column.optional else _ABSENT
        values = [row.get(column.name, absent) for row in rows]
        is_sequence = column.kind is Kind.SEQUENCE
        if is_sequence:
            parts = _EVENT_TYPES if named else (str,)
            values = [_lines(value, parts) for value in values]
        types = {*map(type, values)} - _NOTHING
        if not types <= _DTYPES.keys():
            problems += _problems(column.name, values, rows, inputs)
        elif is_sequence or len(types) > 1 or (int in types and not _all_within_int64(values)):
            special.append(_series(column, values, missing, unread))
        else:
            schema[column.name] = _DTYPES[types.pop()] if types else _NULL
    if problems:
        raise RequestError(_listed(iter(problems)) + _needs(inputs))
    # A series for each column would take a single row five times as long.
    frame = pl.DataFrame(rows, schema=schema) if schema else pl.DataFrame(height=len(rows))
    if special:
        names = [column.name for column in inputs]
        frame = frame.with_columns(special).select(names)
    return RequestRows(frame, unread)


def text_of(value: object) -> str | None:
    """What tells a JSON value from others, as text: 17, 17.0 and "17" are the same; None for what
    tells nothing, such as null or a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None


def describe(value: object) -> str:
    """What a JSON value is, in words."""
    return _WORDS.get(type(value), type(value).__name__)


def _series(
    column: Input,
    values: list[Any],
    missing: frozenset[str],
    unread: Counter[str],
) -> pl.Series:
    """Values of several types, or integers that no column of integers can hold."""
    values = [_within_int64(value, column.kind) for value in values]
    types = {*map(type, values)} - _NOTHING
    if len(types) == 1:
        return pl.Series(column.name, values, _DTYPES[types.pop()])
    merged: list[Any] = [None] * len(values)
    for kind in types:
        where = [i for i, value in enumerate(values) if type(value) is kind]
        part = pl.Series(column.name, [values[i] for i in where], _DTYPES[kind])
        read = cast(part, column.kind, missing=missing, form=column.form)
        if read.unread:
            unread[column.name] += read.unread
        # A time as its number: Python knows no year beyond 9999.
        for i, value in zip(where, read.values.to_physical().to_list(), strict=True):
            merged[i] = value
    dtype = PHYSICAL[column.kind]
    plain = pl.Int64() if column.kind is Kind.TIME else dtype
    return pl.Series(column.name, merged, plain).cast(dtype)


def _all_within_int64(values: list[Any]) -> bool:
    return all(value is None or -(2**63) <= value < 2**63 for value in values)


def _lines(value: Any, parts: tuple[type, ...]) -> Any:
    """A list of such parts as its lines."""
    if isinstance(value, list) and all(type(part) in parts for part in value):
        return "\n".join(_line(part) for part in value)
    return value


def _line(part: Any) -> str:
    return msgspec.json.encode(part).decode() if isinstance(part, dict) else str(part)


def _within_int64(value: Any, kind: Kind) -> Any:
    if type(value) is not int or -(2**63) <= value < 2**63:
        return value
    if kind in (Kind.CATEGORY, Kind.TEXT, Kind.SEQUENCE):
        return str(value)
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _problems(
    name: str, values: list[Any], rows: Sequence[Mapping[str, Any]], inputs: Sequence[Input]
) -> Iterator[str]:
    absent = [i for i, value in enumerate(values) if value is _ABSENT]
    if absent:
        wanted = {column.name for column in inputs}
        spare = {other.lower(): other for other in rows[absent[0]] if other not in wanted}
        near = get_close_matches(name.lower(), spare, n=1)
        hint = f"; is it {spare[near[0]]!r}?" if near else ""
        yield f"column {name!r} is missing{_where(absent, len(rows))}{hint}"
    nested = [i for i, value in enumerate(values) if isinstance(value, dict | list)]
    if nested:
        where = _where(nested, len(rows))
        yield (
            f"column {name!r} is {describe(values[nested[0]])}{where}; allowed is a number, a "
            "text, true, false or null"
        )


def _nameless(rows: Sequence[Mapping[str, Any]], inputs: Sequence[Input]) -> list[str]:
    """Rows that hold something, but nothing that is read: a misspelt name must not pass for one
    left out."""
    known = [column.name for column in inputs]
    odd = [i for i, row in enumerate(rows) if row and not any(name in row for name in known)]
    if not odd:
        return []
    said = next(iter(rows[odd[0]]))
    return [f"column {said!r} is not known{_where(odd, len(rows))}: {did_you_mean(said, known)}"]


def _where(found: list[int], rows: int) -> str:
    if rows == 1:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f" in row {found[0]}{more}"


def _listed(problems: Iterator[str]) -> str:
    lines = list(problems)
    more = [f"and {len(lines) - MOST_PROBLEMS} more"] if len(lines) > MOST_PROBLEMS else []
    return "\n".join([*lines[:MOST_PROBLEMS], *more])


def _needs(inputs: Sequence[Input]) -> str:
    inputs = [column for column in inputs if not column.optional]
    if not inputs:
        return ""
    names = ", ".join(column.name for column in inputs[:30])
    more = f" and {len(inputs) - 30} more" if len(inputs) > 30 else ""
    return f"\nevery row needs: {names}{more}; use null for a missing value"
