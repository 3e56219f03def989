"""Reads moments in time from the ways in which people and programs write them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from keel.data.few import FEW_ROWS, plain_iso_micros
from keel.spec.time_form import TimeForm

_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S%.f", " %I:%M:%S %p", " %I:%M %p")
_DAYS = {
    TimeForm.YEAR_MONTH_DAY: (r"^\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    TimeForm.DOTTED: (r"^\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y",)),
    TimeForm.MONTH_DAY_YEAR: (r"^\d{1,2}/\d{1,2}/\d{4}", ("%m/%d/%Y",)),
    TimeForm.DAY_MONTH_YEAR: (r"^\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y",)),
    TimeForm.MONTH_DAY_YY: (r"^\d{1,2}/\d{1,2}/\d{2}(?:\s|$)", ("%m/%d/%y",)),
    TimeForm.DAY_MONTH_YY: (r"^\d{1,2}/\d{1,2}/\d{2}(?:\s|$)", ("%d/%m/%y",)),
    TimeForm.MONTH_DAY_YEAR_DASHES: (r"^\d{1,2}-\d{1,2}-\d{4}", ("%m-%d-%Y",)),
    TimeForm.DAY_MONTH_YEAR_DASHES: (r"^\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y",)),
    TimeForm.DAY_NAMED_MONTH: (
        r"^\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}",
        ("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d-%B-%Y"),
    ),
    TimeForm.NAMED_MONTH_DAY: (r"^[A-Za-z]{3,9} \d{1,2}, ?\d{4}", ("%b %d, %Y", "%B %d, %Y")),
}
_ISO_SHAPE = r"^\d{4}-\d{2}-\d{2}(?:$|[T ]\d{2}:\d{2})"
_ISO_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
)
_ISO_ZONES = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z")
_MAIL_SHAPE = r"^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [-+]\d{4}"
_SINCE_1970_SHAPE = r"^\d{9,19}(?:\.\d*)?$"
_SHAPES = {
    TimeForm.ISO: _ISO_SHAPE,
    TimeForm.SINCE_1970: _SINCE_1970_SHAPE,
    TimeForm.MAIL: _MAIL_SHAPE,
    **{form: shape for form, (shape, _) in _DAYS.items()},
}
_SECONDS, _MILLIS, _MICROS = 1e11, 1e14, 1e17
"""Since 1970: smaller numbers are seconds, then milliseconds, microseconds, nanoseconds."""


@dataclass(frozen=True)
class ChosenForm:
    """form: the one that reads most texts, the preferred one where several do. other: another that
    reads as many, so that nothing in the texts tells which of the two is meant."""

    form: TimeForm
    other: TimeForm | None = None


def to_moments(column: pl.Series, form: TimeForm = TimeForm.ISO) -> pl.Series:
    """[n] Datetime("us") in UTC without a zone; null where the value is no moment.

    Texts are read in `form` alone: what a text means never depends on the texts beside it.
    Numbers count from 1970 in seconds, milliseconds, microseconds or nanoseconds, by their size.
    """
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return column.cast(pl.Datetime("us"))
    if dtype == pl.Date:
        return column.cast(pl.Datetime("us"))
    if dtype.is_numeric():
        return _of_numbers(column.cast(pl.Float64))
    if dtype != pl.String:
        return pl.Series(column.name, [None] * len(column), pl.Datetime("us"))
    if form is TimeForm.ISO and len(column) <= FEW_ROWS:
        plain = plain_iso_micros(column.to_list())
        if plain is not None:
            return pl.Series(column.name, plain, pl.Int64).cast(pl.Datetime("us"))
    return _parse(column, form)


def choose_form(counts: Mapping[TimeForm, int]) -> ChosenForm | None:
    """The form for a column, by how many of its texts each can read; None if none reads any."""
    able = [form for form in TimeForm if counts.get(form)]
    if not able:
        return None
    best = max(able, key=lambda form: counts[form])
    rivals = (form for form in able if form is not best and counts[form] == counts[best])
    return ChosenForm(best, next(rivals, None))


def count_forms(texts: pl.Series, forms: Iterable[TimeForm] = TimeForm) -> dict[TimeForm, int]:
    """How many of the texts each form can read."""
    return {form: len(texts) - _parse(texts, form).null_count() for form in forms}


def _parse(texts: pl.Series, form: TimeForm) -> pl.Series:
    shape = _SHAPES[form]
    fits = texts.str.contains(shape)
    if fits.null_count():
        fits = fits.fill_null(False)
    if not fits.any():
        return pl.Series(texts.name, [None] * len(texts), pl.Datetime("us"))
    if not fits.all():
        texts = texts.set(~fits, None)
    if form is TimeForm.ISO:
        return _parse_iso(texts)
    if form is TimeForm.SINCE_1970:
        return _of_numbers(texts.cast(pl.Float64, strict=False))
    if form is TimeForm.MAIL:
        plain = texts.str.replace(r"^[A-Z][a-z]{2}, ", "").str.replace(r" \(.*\)$", "")
        return _coalesce(plain, (), ("%d %b %Y %H:%M:%S %z",))
    _, days = _DAYS[form]
    return _coalesce(texts, tuple(day + clock for clock in _CLOCKS for day in days), ())


def _parse_iso(texts: pl.Series) -> pl.Series:
    spaced = texts.str.replace("T", " ", literal=True)
    zoned = spaced.str.ends_with("Z")
    if zoned.null_count():
        zoned = zoned.fill_null(False)
    if zoned.any():
        spaced = spaced.zip_with(~zoned, spaced.str.strip_suffix("Z").str.strip_chars_end())
    return _coalesce(spaced, _ISO_FORMATS, _ISO_ZONES)


def _coalesce(texts: pl.Series, formats: tuple[str, ...], zoned: tuple[str, ...]) -> pl.Series:
    """Each format reads what those before it could not."""
    moments = pl.Series(texts.name, [None] * len(texts), pl.Datetime("us"))
    where = texts.is_not_null().arg_true() if texts.null_count() else None
    for pattern in (*formats, *zoned):
        if where is not None and not len(where):
            break
        left = texts if where is None else texts.gather(where)
        read = left.str.to_datetime(pattern, time_unit="us", strict=False, exact=True)
        if isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None:
            read = read.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        if not read.null_count() and where is None:
            return read
        if read.null_count() < len(read):
            moments = read if where is None else moments.scatter(where, read)
            unread = read.is_null()
            where = unread.arg_true() if where is None else where.filter(unread)
    return moments


def _of_numbers(numbers: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"x": numbers})
    size = pl.col("x").abs()
    micros = (
        pl.when(size < _SECONDS)
        .then(pl.col("x") * 1e6)
        .when(size < _MILLIS)
        .then(pl.col("x") * 1e3)
        .when(size < _MICROS)
        .then(pl.col("x"))
        .otherwise(pl.col("x") / 1e3)
    )
    rounded = pl.when(pl.col("x").is_finite()).then(micros.round())
    return (
        frame.select(rounded.cast(pl.Int64, strict=False).cast(pl.Datetime("us")))
        .to_series()
        .alias(numbers.name)
    )
