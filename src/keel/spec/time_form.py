"""The ways in which people and programs write a moment."""

from enum import StrEnum


class TimeForm(StrEnum):
    """How the times of a column are written as text, in the order in which they are preferred
    where several fit."""

    ISO = "iso"
    YEAR_MONTH_DAY = "year/month/day"
    DOTTED = "day.month.year"
    MONTH_DAY_YEAR = "month/day/year"
    DAY_MONTH_YEAR = "day/month/year"
    MONTH_DAY_YY = "month/day/yy"
    DAY_MONTH_YY = "day/month/yy"
    MONTH_DAY_YEAR_DASHES = "month-day-year"
    DAY_MONTH_YEAR_DASHES = "day-month-year"
    DAY_NAMED_MONTH = "day month year"
    NAMED_MONTH_DAY = "month day, year"
    MAIL = "mail"
    SINCE_1970 = "since 1970"
