"""Turns values as they were found into the physical type of a kind."""

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import polars as pl

from keel.data.few import FEW_ROWS, is_plain, plain_truths
from keel.data.moment import to_moments
from keel.data.table import PHYSICAL
from keel.spec.kinds import Kind
from keel.spec.time_form import TimeForm

MISSING = frozenset(
    {"", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "NaN", "nan", "NaT"}
)
"""Texts that stand for a missing value, in every kind but text, where only nothing does."""

TRUE = ("true", "yes", "y", "t", "1", "1.0")
FALSE = ("false", "no", "n", "f", "0", "0.0")

TRUTH = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
_THOUSANDS = r"^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$"
_AROUND_NUMBER = r"^([-+]?)\s*[$€£¥]?\s*([-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*[$€£¥%]?$"
_EXACT_INTEGER = 2.0**53
_PLAIN = frozenset({pl.Float64, pl.Int64, pl.String, pl.Boolean, pl.Null, pl.Datetime})


@dataclass(frozen=True, eq=False)
class Cast:
    """values: [n], of the kind's physical type. odd: [n] true where a value stood that is not of
    the kind (null in `values`); None if nowhere. infinite: how many were (null in `values`)."""

    values: pl.Series
    odd: pl.Series | None = None
    infinite: int = 0

    @property
    def unread(self) -> int:
        """How many values became missing."""
        return self.infinite + (0 if self.odd is None else int(self.odd.sum()))


def cast(
    column: pl.Series, kind: Kind, *, missing: Set[str] = frozenset(), form: TimeForm | None = None
) -> Cast:
    """The column as `PHYSICAL[kind]`; without a copy where it is of that type already.

    Spaces around a text are dropped, but not those of a sequence. missing: further texts that
    stand for nothing. form: how times are written as text, ISO where None.
    """
    column = as_plain(column)
    if type(column.dtype) is pl.Null:
        return Cast(pl.Series(column.name, [None] * len(column), PHYSICAL[kind]))
    if kind is Kind.NUMBER:
        return _to_number(column, missing)
    if kind is Kind.BOOLEAN:
        return _to_boolean(column, missing)
    if kind is Kind.TIME:
        return _to_time(column, missing, form or TimeForm.ISO)
    if kind is Kind.TEXT:
        return Cast(_stripped(_as_text(column), {""}))
    if kind is Kind.SEQUENCE:
        return Cast(_as_lines(column))
    return Cast(_stripped(_as_text(column), MISSING | missing))


def as_plain(column: pl.Series) -> pl.Series:
    """The column as numbers, booleans, times or String, whatever it is encoded as; a list of texts
    is its lines."""
    dtype = column.dtype
    # A set of classes, because comparing types with each other is what a row spent its time on.
    if type(dtype) in _PLAIN:
        return column
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if dtype == pl.Binary:
        return _decoded(column)
    if dtype == pl.Object:
        return pl.Series(
            column.name, [None if v is None else str(v) for v in column.to_list()], pl.String
        )
    if isinstance(dtype, pl.Decimal):
        return column.cast(pl.Float64)
    if isinstance(dtype, pl.Duration):
        return column.dt.total_microseconds().cast(pl.Float64) / 1e6
    if isinstance(dtype, pl.Time):
        return column.cast(pl.Int64).cast(pl.Float64) / 1e9
    if holds_texts(column):
        return column.cast(pl.List(pl.String)).list.join("\n", ignore_nulls=True)
    return column


def holds_texts(column: pl.Series) -> bool:
    """Whether its values are lists of texts."""
    dtype = column.dtype
    return isinstance(dtype, pl.List | pl.Array) and dtype.inner == pl.String


def is_missing(column: pl.Series, missing: Set[str]) -> pl.Series:
    """[n] true where a String column, free of spaces around, holds nothing."""
    return column.is_null() | column.is_in(list(MISSING | missing))


def _to_number(column: pl.Series, missing: Set[str]) -> Cast:
    odd: pl.Series | None = None
    dtype = column.dtype
    if type(dtype) is pl.Float64:
        values = column
    elif type(dtype) is pl.String:
        values = column.cast(pl.Float64, strict=False)
        if values.null_count() > column.null_count():
            values, odd = _read_again(column, values, missing)
    elif dtype.is_numeric() or type(dtype) is pl.Boolean:
        values = column.cast(pl.Float64)
    elif dtype.is_temporal():
        values = column.cast(pl.Datetime("us")).to_physical().cast(pl.Float64) / 1e6
    else:
        return _all_odd(column, Kind.NUMBER)
    # NumPy has no query to plan, which counts when a request is a single row.
    is_finite = np.isfinite(values.to_numpy())
    if is_finite.all() or is_finite.sum() == len(values) - values.null_count():
        return Cast(values, odd)
    infinite = int(values.is_infinite().sum())
    finite = values.set(values.is_finite().not_().fill_null(False), None)
    return Cast(finite, odd, infinite)


def _read_again(
    column: pl.Series, values: pl.Series, missing: Set[str]
) -> tuple[pl.Series, pl.Series | None]:
    """Texts that are no plain number: with spaces around, missing, `1,000`, `$5`, `12%`, or odd."""
    where = (values.is_null() & column.is_not_null()).arg_true()
    texts = column.gather(where).str.strip_chars()
    again = texts.cast(pl.Float64, strict=False)
    core = texts.str.replace(_AROUND_NUMBER, "${1}${2}")
    thousands = core.str.contains(_THOUSANDS).fill_null(False)
    bare = core.zip_with(~thousands, core.str.replace_all(",", "", literal=True))
    again = again.fill_null(bare.cast(pl.Float64, strict=False))
    nothing = is_missing(texts, missing)
    again = again.set(nothing, None)
    values = values.scatter(where, again)
    strange = again.is_null() & ~nothing
    if missing:
        values = values.set(column.is_in(list(missing)).fill_null(False), None)
    if not strange.any():
        return values, None
    return values, _marks(len(column), where.filter(strange))


def _to_boolean(column: pl.Series, missing: Set[str]) -> Cast:
    if type(column.dtype) is pl.Boolean:
        return Cast(column)
    if type(column.dtype) is pl.String:
        texts = _stripped(column, MISSING | missing)
        plain = plain_truths(texts.to_list(), TRUTH) if len(texts) <= FEW_ROWS else None
        if plain is not None:
            return Cast(pl.Series(column.name, plain, pl.Boolean))
        values = texts.str.to_lowercase().replace_strict(
            TRUTH, default=None, return_dtype=pl.Boolean
        )
        return Cast(values, _odd(values.is_null() & texts.is_not_null()))
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64).fill_nan(None)
        values = (numbers == 1).set((numbers != 0) & (numbers != 1), None)
        return Cast(values, _odd(values.is_null() & numbers.is_not_null()))
    return _all_odd(column, Kind.BOOLEAN)


def _to_time(column: pl.Series, missing: Set[str], form: TimeForm) -> Cast:
    if type(column.dtype) is pl.String:
        column = _stripped(column, MISSING | missing)
    values = to_moments(column, form)
    if values.null_count() == column.null_count():
        return Cast(values)
    return Cast(values, _odd(values.is_null() & column.is_not_null()))


def _as_text(column: pl.Series) -> pl.Series:
    """Numbers without a needless `.0`, so that 1 and 1.0 are one category."""
    if type(column.dtype) is pl.String:
        return column
    if type(column.dtype) is pl.Boolean:
        return column.cast(pl.String)
    if column.dtype.is_float():
        numbers = column.cast(pl.Float64).fill_nan(None)
        whole = (numbers.floor() == numbers) & (numbers.abs() < _EXACT_INTEGER)
        integers = numbers.set(~whole, None).cast(pl.Int64).cast(pl.String)
        return integers.fill_null(numbers.cast(pl.String))
    return column.cast(pl.String)


def _as_lines(column: pl.Series) -> pl.Series:
    """A line for each element of a list; a text is its lines, with the spaces that begin them."""
    if isinstance(column.dtype, pl.List | pl.Array):
        column = column.cast(pl.List(pl.String)).list.join("\n", ignore_nulls=True)
    return _as_text(column)


def _stripped(column: pl.Series, nothing: Set[str]) -> pl.Series:
    if len(column) <= FEW_ROWS and is_plain(column.to_list(), nothing):
        return column
    texts = column.str.strip_chars()
    gone = texts.is_in(list(nothing)).fill_null(False)
    return texts.set(gone, None) if gone.any() else texts


def _decoded(column: pl.Series) -> pl.Series:
    """Bytes as text: UTF-8, or else Windows-1252, where five bytes that it lacks are Latin-1."""
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        texts = [None if value is None else _decode(value) for value in column.to_list()]
        return pl.Series(column.name, texts, pl.String)


def _decode(value: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1")


def _all_odd(column: pl.Series, kind: Kind) -> Cast:
    values = pl.Series(column.name, [None] * len(column), PHYSICAL[kind])
    return Cast(values, _odd(column.is_not_null()))


def _odd(marks: pl.Series) -> pl.Series | None:
    return marks if marks.any() else None


def _marks(count: int, where: pl.Series) -> pl.Series:
    return pl.zeros(count, pl.UInt8, eager=True).scatter(where, 1).cast(pl.Boolean)
