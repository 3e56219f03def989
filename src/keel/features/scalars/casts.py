"""Casts: what cannot be cast is missing."""

from collections.abc import Callable

import polars as pl

from keel.features.finite import finite
from keel.features.scalars.term import PHYSICAL, Term, Type, read_time

_YES, _NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
MOST_EXACT = 2.0**53


def to_text(term: Term) -> pl.Expr:
    """As text; whole numbers without a point, for they are doubles only because all numbers are."""
    value = term.polars
    if term.type is Type.NUMBER:
        whole = (value == value.round(0)) & (value.abs() <= MOST_EXACT)
        written = value.cast(pl.String)
        return (
            pl.when(whole)
            .then(value.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(written)
        )
    if term.type is Type.TIME:
        return value.dt.strftime("%Y-%m-%d %H:%M:%S%.f")
    if term.type is Type.BOOLEAN:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))
    return value.cast(pl.String)


def to_number(term: Term) -> pl.Expr | None:
    """As a double; None where the type has no such meaning."""
    value = term.polars
    if term.type is Type.TIME:
        return None
    if term.type is Type.TEXT:
        value = value.str.strip_chars().str.replace_all("_", "", literal=True)
    return finite(value.cast(pl.Float64, strict=False))


def _to_whole(term: Term) -> pl.Expr | None:
    number = to_number(term)
    return None if number is None else number.round(0, mode="half_to_even")


def _to_boolean(term: Term) -> pl.Expr | None:
    value = term.polars
    if term.type is Type.TIME:
        return None
    if term.type is Type.TEXT:
        word = value.str.strip_chars().str.to_lowercase()
        yes, no = word.is_in(list(_YES)), word.is_in(list(_NO))
        return pl.when(yes).then(pl.lit(True)).when(no).then(pl.lit(False))
    return value.cast(pl.Boolean)


def _to_time(term: Term) -> pl.Expr | None:
    if term.type is Type.TEXT:
        return read_time(term.polars)
    if term.type in (Type.TIME, Type.NULL):
        return term.polars.cast(PHYSICAL[Type.TIME])
    return None


def _to_day(term: Term) -> pl.Expr | None:
    time = _to_time(term)
    return None if time is None else time.dt.truncate("1d")


Cast = Callable[[Term], pl.Expr | None]

CASTS: dict[str, tuple[Type, Cast]] = {
    **dict.fromkeys(("double", "float", "real"), (Type.NUMBER, to_number)),
    **dict.fromkeys(("int", "integer", "bigint"), (Type.NUMBER, _to_whole)),
    **dict.fromkeys(("text", "varchar"), (Type.TEXT, to_text)),
    "boolean": (Type.BOOLEAN, _to_boolean),
    "timestamp": (Type.TIME, _to_time),
    "date": (Type.TIME, _to_day),
}
"""To which type, and how."""
