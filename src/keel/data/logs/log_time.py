"""Times as log lines write them -> moments, also where the year is not written."""

from datetime import datetime

import polars as pl

from keel.data.moment import to_moments

EPOCH = "epoch"
"""Seconds, milliseconds, microseconds or nanoseconds since 1970, by their size."""

FORMS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%b %d %H:%M:%S%.f",
    "%a %b %d %H:%M:%S%.f %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S%.f",
    "%y%m%d %H%M%S",
    "%y/%m/%d %H:%M:%S%.f",
    "%m%d %H:%M:%S%.f",
    "%m-%d %H:%M:%S%.f",
    "%m.%d %H:%M:%S",
    "%Y-%m-%d-%H.%M.%S%.f",
    "%Y%m%d-%H:%M:%S:%3f",
    "%d %b %Y %H:%M:%S%.f",
    EPOCH,
)
"""How logs write times, as strptime takes them; `T` and commas are read as space and point."""

_HALF_YEAR = 6
_FIRST_YEAR = 1900


class LogTimes:
    """Reads times batch by batch.

    Without a year, the first time is taken to be the last of its kind before `reference`; then a
    step back of half a year or more begins a new year. Times without a zone are UTC.
    """

    def __init__(self, forms: tuple[str, ...], reference: datetime) -> None:
        """forms: those that may occur, tried in turn."""
        self._forms = forms or FORMS
        self._reference = reference
        self._last: tuple[int, int] | None = None

    def read(self, texts: pl.Series) -> pl.Series:
        """[n] Datetime("us") in UTC without a zone; null where the text is no such time."""
        plain = (
            texts.str.strip_chars()
            .str.replace_all(r"\s+", " ")
            .str.replace(r"^(\S+[0-9])T([0-9])", "$1 $2")
            .str.replace(r":([0-9]{2}),([0-9])", ":$1.$2")
            .str.replace(r"([0-9])Z$", "$1+0000")
        )
        moments = pl.Series("time", [None] * len(texts), dtype=pl.Datetime("us"))
        where = plain.is_not_null().arg_true()
        for form in self._forms:
            if not len(where):
                break
            left = plain.gather(where)
            read = self._parse(left, form)
            if read.null_count() < len(read):
                moments = moments.scatter(where, read)
                where = where.filter(read.is_null())
        return moments

    def _parse(self, texts: pl.Series, form: str) -> pl.Series:
        if form == EPOCH:
            return to_moments(texts.cast(pl.Float64, strict=False))
        if "%y" not in form.lower():
            return self._without_year(texts, form)
        read = _strptime(texts, form)
        # A year of two digits is no year of four.
        return read.set(read.dt.year() < _FIRST_YEAR, None)

    def _without_year(self, texts: pl.Series, form: str) -> pl.Series:
        # In a leap year every day of any year can be read.
        read = _strptime("2000 " + texts, f"%Y {form}")
        months = read.dt.month().fill_null(strategy="forward")
        if months.null_count() == len(months):
            return read
        first = int(months.drop_nulls()[0])
        month, year = self._last or (first, self._first_year(read.drop_nulls()[0]))
        before = months.shift(1, fill_value=month).fill_null(month)
        step = months.fill_null(month).cast(pl.Int32) - before.cast(pl.Int32)
        turn = (step <= -_HALF_YEAR).cast(pl.Int32) - (step >= _HALF_YEAR).cast(pl.Int32)
        years = turn.cum_sum() + year
        self._last = (int(months[-1]), int(years[-1]))
        return _strptime(years.cast(pl.String) + " " + texts, f"%Y {form}")

    def _first_year(self, first: datetime) -> int:
        year = self._reference.year
        key = (first.month, first.day)
        return year - 1 if key > (self._reference.month, self._reference.day) else year


def _strptime(texts: pl.Series, form: str) -> pl.Series:
    read = texts.str.to_datetime(form, time_unit="us", strict=False, exact=True)
    if isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None:
        read = read.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return read
