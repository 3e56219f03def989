"""Functions of times. Every time is UTC; with a zone, what a clock on the wall there shows."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from keel.features.scalars.function import Function, takes

Part = Callable[[pl.Expr], pl.Expr]

DAY_US = 86_400_000_000
MONDAY_US = 4 * DAY_US
"""From the start of 1970, a Thursday, to its first Monday."""

_FIXED = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": DAY_US,
    "week": 7 * DAY_US,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNITS = (*_FIXED, *_MONTHS)

_OFFSETS = {
    "microsecond": "us",
    "millisecond": "ms",
    "second": "s",
    "minute": "m",
    "hour": "h",
    "day": "d",
    "week": "w",
    "month": "mo",
    "quarter": "q",
    "year": "y",
}


def in_zone(time: pl.Expr, zone: str | None) -> pl.Expr:
    """What the clocks of a zone show, daylight saving and all."""
    if zone is None:
        return time
    local = time.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return local.dt.replace_time_zone(None)


def shift(time: pl.Expr, count: int, unit: str) -> pl.Expr:
    """So much later; a day that a month does not have is its last."""
    return time.dt.offset_by(f"{count}{_OFFSETS[unit]}")


def _seconds(time: pl.Expr, scale: int) -> pl.Expr:
    """Of the minute, in units of which a second has `scale`."""
    whole = time.dt.second().cast(pl.Int64) * 1_000_000 + time.dt.microsecond()
    return whole // (1_000_000 // scale)


PARTS: dict[str, Part] = {
    "year": lambda t: t.dt.year(),
    "isoyear": lambda t: t.dt.iso_year(),
    "quarter": lambda t: t.dt.quarter(),
    "month": lambda t: t.dt.month(),
    "week": lambda t: t.dt.week(),
    "day": lambda t: t.dt.day(),
    "dayofweek": lambda t: t.dt.weekday() % 7,
    "isodow": lambda t: t.dt.weekday(),
    "dayofyear": lambda t: t.dt.ordinal_day(),
    "hour": lambda t: t.dt.hour(),
    "minute": lambda t: t.dt.minute(),
    "second": lambda t: t.dt.second(),
    "millisecond": lambda t: _seconds(t, 1_000),
    "microsecond": lambda t: _seconds(t, 1_000_000),
    "epoch": lambda t: t.dt.timestamp("us") / 1_000_000,
}

_SAID = {
    "year": ("The year.", 2024.0, ()),
    "isoyear": ("The year that its week belongs to.", 2024.0, ()),
    "quarter": ("The quarter, from 1.", 1.0, ()),
    "month": ("The month, from 1.", 3.0, ()),
    "week": ("The week of the year (ISO 8601).", 13.0, ("weekofyear",)),
    "day": ("The day of the month.", 31.0, ("dayofmonth",)),
    "dayofweek": ("The day of the week; Sunday is 0.", 0.0, ("weekday",)),
    "isodow": ("The day of the week; Monday is 1, Sunday 7.", 7.0, ()),
    "dayofyear": ("The day of the year, from 1.", 91.0, ()),
    "hour": ("The hour.", 1.0, ()),
    "minute": ("The minute.", 30.0, ()),
    "second": ("The whole second.", 15.0, ()),
    "millisecond": ("Seconds and their fraction, in thousandths.", 15250.0, ()),
    "microsecond": ("Seconds and their fraction, in millionths.", 15250000.0, ()),
    "epoch": ("Seconds since 1970.", 1711848615.25, ()),
}


def _part(word: str, time: pl.Expr, zone: str | None = None) -> pl.Expr:
    return PARTS[word](in_zone(time, zone)).cast(pl.Float64)


def _of(word: str) -> Function:
    said, value, aliases = _SAID[word]
    parameters = takes("time" if word == "epoch" else "time, zone?")

    def build(time: pl.Expr, zone: str | None = None) -> pl.Expr:
        return _part(word, time, zone)

    return Function(word, parameters, "number", build, said, f"{word}(t)", value, aliases)


def _is_weekend(time: pl.Expr, zone: str | None = None) -> pl.Expr:
    return in_zone(time, zone).dt.weekday() > 5


def _named(form: str) -> Callable[..., pl.Expr]:
    return lambda time, zone=None: in_zone(time, zone).dt.strftime(form)


def _truncate(word: str, time: pl.Expr, zone: str | None = None) -> pl.Expr:
    return in_zone(time, zone).dt.truncate(f"1{_OFFSETS[word]}")


def _last_day(time: pl.Expr, zone: str | None = None) -> pl.Expr:
    return in_zone(time, zone).dt.month_end().dt.truncate("1d")


def _months(time: pl.Expr) -> pl.Expr:
    return time.dt.year().cast(pl.Int64) * 12 + time.dt.month() - 1


def _ticks(word: str, time: pl.Expr) -> pl.Expr:
    """How many such units have begun since some moment."""
    if word in _MONTHS:
        return _months(time) // _MONTHS[word]
    return (time.dt.timestamp("us") - (MONDAY_US if word == "week" else 0)) // _FIXED[word]


def _boundaries(word: str, begin: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (_ticks(word, end) - _ticks(word, begin)).cast(pl.Float64)


def _whole_units(word: str, begin: pl.Expr, end: pl.Expr) -> pl.Expr:
    if word in _FIXED:
        passed = end.dt.timestamp("us") - begin.dt.timestamp("us")
        count = (
            pl.when(passed < 0).then(-(-passed // _FIXED[word])).otherwise(passed // _FIXED[word])
        )
        return count.cast(pl.Float64)
    forward = _whole_months(begin, end)
    months = pl.when(begin <= end).then(forward).otherwise(-_whole_months(end, begin))
    size = _MONTHS[word]
    count = pl.when(months < 0).then(-(-months // size)).otherwise(months // size)
    return count.cast(pl.Float64)


def _whole_months(begin: pl.Expr, end: pl.Expr) -> pl.Expr:
    """From the earlier to the later; the last day of a month completes one, however short."""
    within_begin = begin.dt.timestamp("us") - begin.dt.truncate("1d").dt.timestamp("us")
    within_end = end.dt.timestamp("us") - end.dt.truncate("1d").dt.timestamp("us")
    day, last = end.dt.day(), end.dt.month_end().dt.day()
    due = pl.min_horizontal(begin.dt.day(), last)
    reached = (day > due) | ((day == due) & (within_end >= within_begin))
    return _months(end) - _months(begin) - (~reached).cast(pl.Int64)


def _from_seconds(seconds: pl.Expr) -> pl.Expr:
    micros = (seconds * 1e6).round(0).cast(pl.Int64, strict=False)
    return micros.cast(pl.Datetime("us"))


def _from_parts(*parts: pl.Expr) -> pl.Expr:
    year, month, day, hour, minute, second = (part.cast(pl.Int64, strict=False) for part in parts)
    micros = ((parts[5] - second) * 1e6).round(0).cast(pl.Int64, strict=False)
    written = pl.format("{}-{}-{} {}:{}:{}", year, month, day, hour, minute, second)
    read = written.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return (read.cast(pl.Int64) + micros).cast(pl.Datetime("us"))


_NAMES = ("year", "month", "day", "hour", "minute", "second")
_ZONED = takes("time, zone?")
_IN_UNIT = takes("unit: word, time, zone?", UNITS)
_BETWEEN = takes("unit: word, begin: time, end: time", UNITS)

TIMES = (
    *map(_of, PARTS),
    Function(
        "epoch_ms",
        takes("time"),
        "number",
        lambda time: time.dt.timestamp("ms").cast(pl.Float64),
        "Milliseconds since 1970.",
        "epoch_ms(t)",
        1711848615250.0,
    ),
    Function(
        "date_part",
        takes("part: word, time, zone?", tuple(PARTS)),
        "number",
        _part,
        "One of these; also `extract(hour from t)`.",
        "date_part('hour', t)",
        1.0,
        ("datepart",),
    ),
    Function(
        "is_weekend",
        _ZONED,
        "boolean",
        _is_weekend,
        "Whether it is a Saturday or Sunday.",
        "is_weekend(t)",
        True,
    ),
    Function(
        "dayname",
        _ZONED,
        "text",
        _named("%A"),
        "The name of the day.",
        "dayname(t)",
        "Sunday",
    ),
    Function(
        "monthname",
        _ZONED,
        "text",
        _named("%B"),
        "The name of the month.",
        "monthname(t)",
        "March",
    ),
    Function(
        "last_day",
        _ZONED,
        "time",
        _last_day,
        "The start of the last day of the month.",
        "last_day(t)",
        datetime(2024, 3, 31),
    ),
    Function(
        "date_trunc",
        _IN_UNIT,
        "time",
        _truncate,
        "When this second, hour, week, … began; weeks begin on Mondays.",
        "date_trunc('week', t)",
        datetime(2024, 3, 25),
        ("datetrunc",),
    ),
    Function(
        "date_diff",
        _BETWEEN,
        "number",
        _boundaries,
        "How often a new second, hour, week, … began from one time to another.",
        "date_diff('day', timestamp '2024-03-29 23:59', t)",
        2.0,
        ("datediff",),
    ),
    Function(
        "date_sub",
        _BETWEEN,
        "number",
        _whole_units,
        "How many whole ones have passed: an age in years is `date_sub('year', born, t)`.",
        "date_sub('day', timestamp '2024-03-29 23:59', t)",
        1.0,
        ("datesub",),
    ),
    Function(
        "strftime",
        takes("time, form, zone?"),
        "text",
        lambda time, form, zone=None: in_zone(time, zone).dt.strftime(form),
        "As a text, in a form such as '%Y-%m-%d'.",
        "strftime(t, '%d.%m.%Y')",
        "31.03.2024",
    ),
    Function(
        "strptime",
        takes("text, form"),
        "time",
        lambda text, form: text.str.to_datetime(form, time_unit="us", strict=False),
        "The time that a text says in a form; missing where it says none.",
        "strptime('31.03.2024', '%d.%m.%Y')",
        datetime(2024, 3, 31),
        ("try_strptime",),
    ),
    Function(
        "to_timestamp",
        takes("seconds: number"),
        "time",
        _from_seconds,
        "So many seconds after 1970 began.",
        "to_timestamp(86400)",
        datetime(1970, 1, 2),
    ),
    Function(
        "make_timestamp",
        takes(", ".join(f"{name}: number" for name in _NAMES)),
        "time",
        _from_parts,
        "From its parts; missing if there is no such day.",
        "make_timestamp(2024, 2, 29, 8, 30, 1.5)",
        datetime(2024, 2, 29, 8, 30, 1, 500_000),
    ),
)
