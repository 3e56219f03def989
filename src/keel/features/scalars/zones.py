"""Time zones by their names in the database of the IANA."""

from zoneinfo import available_timezones

import polars as pl

from keel.spec.nearest import did_you_mean
from keel.spec.tokens import GrammarError


def check_zone(text: str, offset: int, zone: str) -> None:
    """Raises GrammarError for a zone that Polars, which has its own database, does not know."""
    moment = pl.Series([0]).cast(pl.Datetime("us", "UTC"))
    try:
        moment.dt.convert_time_zone(zone)
    except pl.exceptions.PolarsError as error:
        known = sorted(available_timezones()) or ["UTC", "Europe/Berlin"]
        near = did_you_mean(zone, known)
        raise GrammarError(text, offset, f"{zone!r} is not a time zone; {near}") from error
