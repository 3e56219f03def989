"""Durations as people write them: `7d`, `90 min`, `20 ms`."""

import math
import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

LONGEST = timedelta(days=36_500)

_PATTERN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")


def parse_duration(text: str) -> timedelta:
    """The duration `text` names.

    >>> parse_duration("7d")
    datetime.timedelta(days=7)

    Raises ValueError naming the units that are allowed, and for more than a hundred years.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or match[2] not in UNITS_S:
        units = ", ".join(UNITS_S)
        raise ValueError(f"{text!r} is not a duration: write a number and a unit ({units}): 7d")
    return length_of_time(float(match[1]), match[2])


def length_of_time(count: float, unit: str) -> timedelta:
    """So many of a unit of UNITS_S. Raises ValueError for more than a hundred years."""
    seconds = count * UNITS_S[unit]
    if not seconds <= LONGEST.total_seconds():
        raise ValueError(f"{count:g}{unit} is too long: at most {LONGEST.days}d, a hundred years")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """A short text that `parse_duration` reads back as `duration`; weeks are told in days."""
    seconds = duration.total_seconds()
    for unit in ("d", "h", "min", "s"):
        count = seconds / UNITS_S[unit]
        if seconds and count == int(count):
            return f"{int(count)}{unit}"
    return f"{seconds * 1000:g}ms"


def show_figure(value: float, unit: str = "") -> str:
    """A figure to four digits; one in `ms` as a person says a length of time, to three.

    >>> show_figure(0.71234), show_figure(300_000, "ms")
    ('0.7123', '5 min')
    """
    if unit != "ms" or not math.isfinite(value):
        return f"{value:.4g}"
    seconds = value / 1000
    for unit in ("d", "h", "min", "s"):
        if abs(seconds) >= UNITS_S[unit]:
            return f"{seconds / UNITS_S[unit]:.3g} {unit}"
    return f"{value:.3g} ms"


def _read(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError(f"{value!r} has no unit: write {value}d, {value}h or {value}min")
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_read), PlainSerializer(format_duration)]
