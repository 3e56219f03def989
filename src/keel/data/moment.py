"""Reads moments in time from the ways in which people and programs write them."""

import polars as pl

ISO = "iso"

_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S%.f", " %I:%M:%S %p", " %I:%M %p")
_DAYS = {
    "year/month/day": (r"^\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    "day.month.year": (r"^\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y",)),
    "month/day/year": (r"^\d{1,2}/\d{1,2}/\d{4}", ("%m/%d/%Y",)),
    "day/month/year": (r"^\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y",)),
    "month/day/yy": (r"^\d{1,2}/\d{1,2}/\d{2}(?:\s|$)", ("%m/%d/%y",)),
    "day/month/yy": (r"^\d{1,2}/\d{1,2}/\d{2}(?:\s|$)", ("%d/%m/%y",)),
    "month-day-year": (r"^\d{1,2}-\d{1,2}-\d{4}", ("%m-%d-%Y",)),
    "day-month-year": (r"^\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y",)),
    "day month year": (
        r"^\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}",
        ("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d-%B-%Y"),
    ),
    "month day, year": (r"^[A-Za-z]{3,9} \d{1,2}, ?\d{4}", ("%b %d, %Y", "%B %d, %Y")),
}
_MAIL = "mail"
FORMS = (ISO, *_DAYS, _MAIL)
"""Ways of writing a moment, in the order in which they are preferred where several fit."""

_ISO_SHAPE = r"^\d{4}-\d{2}-\d{2}(?:$|[T ]\d{2}:\d{2})"
_ISO_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
)
_ISO_ZONES = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z")
_MAIL_SHAPE = r"^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [-+]\d{4}"
_SECONDS, _MILLIS, _MICROS = 1e11, 1e14, 1e17
"""Since 1970: smaller numbers are seconds, then milliseconds, microseconds, nanoseconds."""


def to_moments(column: pl.Series, form: str | None = None) -> pl.Series:
    """[n] Datetime("us") in UTC without a zone; null where the value is no moment.

    Texts are read in one of `FORMS`, by default the one that most of them follow. Numbers count
    from 1970 in seconds, milliseconds, microseconds or nanoseconds, by their size.
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
    if form is None:
        form = find_form(column)
    return _parse(column, form or ISO)


def find_form(texts: pl.Series) -> str | None:
    """The form that most texts follow, the preferred one where several do; None if none does."""
    counts = count_forms(texts, FORMS)
    best = max(counts, key=lambda form: counts[form])
    return best if counts[best] else None


def count_forms(texts: pl.Series, forms: tuple[str, ...]) -> dict[str, int]:
    """How many of the texts each form can read."""
    return {form: len(texts) - _parse(texts, form).null_count() for form in forms}


def _parse(texts: pl.Series, form: str) -> pl.Series:
    shape = _ISO_SHAPE if form == ISO else _MAIL_SHAPE if form == _MAIL else _DAYS[form][0]
    fits = texts.str.contains(shape).fill_null(False)
    if not fits.any():
        return pl.Series(texts.name, [None] * len(texts), pl.Datetime("us"))
    if not fits.all():
        texts = texts.set(~fits, None)
    if form == ISO:
        return _parse_iso(texts)
    if form == _MAIL:
        plain = texts.str.replace(r"^[A-Z][a-z]{2}, ", "").str.replace(r" \(.*\)$", "")
        return _coalesce(plain, (), ("%d %b %Y %H:%M:%S %z",))
    _, days = _DAYS[form]
    return _coalesce(texts, tuple(day + clock for clock in _CLOCKS for day in days), ())


def _parse_iso(texts: pl.Series) -> pl.Series:
    spaced = texts.str.replace("T", " ", literal=True)
    zoned = spaced.str.ends_with("Z").fill_null(False)
    if zoned.any():
        spaced = spaced.zip_with(~zoned, spaced.str.strip_suffix("Z").str.strip_chars_end())
    return _coalesce(spaced, _ISO_FORMATS, _ISO_ZONES)


def _coalesce(texts: pl.Series, formats: tuple[str, ...], zoned: tuple[str, ...]) -> pl.Series:
    """Each format reads what those before it could not."""
    moments = pl.Series(texts.name, [None] * len(texts), pl.Datetime("us"))
    left = texts
    where = left.is_not_null().arg_true()
    for pattern in (*formats, *zoned):
        if not len(where):
            break
        left = texts.gather(where)
        read = left.str.to_datetime(pattern, time_unit="us", strict=False, exact=True)
        if isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None:
            read = read.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        if read.null_count() < len(read):
            moments = moments.scatter(where, read) if len(where) < len(texts) else read
            where = where.filter(read.is_null())
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
