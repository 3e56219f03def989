"""A part of a scalar expression: its type and how Polars computes it."""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from keel.spec.kinds import Kind


class Type(StrEnum):
    """What a scalar can be. Numbers are doubles, times UTC in microseconds; `null` is the type of
    `null` itself, which can be of any."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"
    NULL = "null"


PHYSICAL: dict[Type, pl.DataType] = {
    Type.NUMBER: pl.Float64(),
    Type.TEXT: pl.String(),
    Type.BOOLEAN: pl.Boolean(),
    Type.TIME: pl.Datetime("us"),
    Type.NULL: pl.Null(),
}

KINDS: dict[Kind, Type] = {
    Kind.NUMBER: Type.NUMBER,
    Kind.CATEGORY: Type.TEXT,
    Kind.BOOLEAN: Type.BOOLEAN,
    Kind.TIME: Type.TIME,
    Kind.TEXT: Type.TEXT,
    Kind.SEQUENCE: Type.TEXT,
}


@dataclass(frozen=True)
class Term:
    """offset: where it begins in the text. constant: what it says, where it is a literal."""

    type: Type
    polars: pl.Expr
    offset: int
    constant: str | float | None = None

    def convert(self, wanted: Type) -> "Term | None":
        """The same as `wanted`; None where that says nothing.

        null is of any type, a boolean is 0 or 1 among numbers, a text that was written down is the
        time that it says. Everything else takes a cast.
        """
        if self.type is wanted:
            return self
        if self.type is Type.NULL:
            return Term(wanted, pl.lit(None, PHYSICAL[wanted]), self.offset)
        if self.type is Type.BOOLEAN and wanted is Type.NUMBER:
            return Term(wanted, self.polars.cast(pl.Float64), self.offset)
        if self.type is Type.TEXT and wanted is Type.TIME and self.constant is not None:
            return Term(wanted, read_time(self.polars), self.offset)
        return None


def read_time(text: pl.Expr) -> pl.Expr:
    """`2024-01-31`, `2024-01-31 08:30`, with seconds and their fractions, with `T` and `Z`; missing
    for anything else."""
    plain = text.str.strip_chars().str.replace("T", " ", literal=True).str.strip_suffix("Z")
    return pl.coalesce(
        plain.str.to_datetime(form, time_unit="us", strict=False, exact=True) for form in _FORMS
    )


_FORMS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")
