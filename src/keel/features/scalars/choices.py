"""Functions that choose among their arguments, whatever their type."""

import polars as pl

from keel.features.scalars.function import Function, takes


def _null_if(value: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(value.ne_missing(other)).then(value)


def choose(condition: pl.Expr, yes: pl.Expr, no: pl.Expr) -> pl.Expr:
    """`no` also where the condition is missing."""
    return pl.when(condition).then(yes).otherwise(no)


CHOICES = (
    Function(
        "coalesce",
        takes("values: any*"),
        "any",
        lambda *values: pl.coalesce(values),
        "The first that is not missing.",
        "coalesce(null, 2, 3)",
        2.0,
    ),
    Function(
        "ifnull",
        takes("value: any, other: any"),
        "any",
        lambda value, other: pl.coalesce(value, other),
        "The other where the first is missing.",
        "ifnull(null, 2)",
        2.0,
    ),
    Function(
        "nullif",
        takes("value: any, other: any"),
        "any",
        _null_if,
        "Missing where both are equal.",
        "nullif(0, 0)",
        None,
    ),
    Function(
        "greatest",
        takes("values: any*"),
        "any",
        lambda *values: pl.max_horizontal(*values),
        "The greatest of those that are not missing.",
        "greatest(1, null, 3)",
        3.0,
    ),
    Function(
        "least",
        takes("values: any*"),
        "any",
        lambda *values: pl.min_horizontal(*values),
        "The least of those that are not missing.",
        "least('b', 'a')",
        "a",
    ),
)
