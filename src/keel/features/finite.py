"""Numbers that are neither NaN nor infinite."""

import polars as pl

_SHORT = 1_000
"""Characters of an expression that may be written twice. Each level of a longer one would double
it: a sum of fourteen columns took seconds and gigabytes."""


def finite(number: pl.Expr) -> pl.Expr:
    """What is neither a number nor can be one is missing. number: of doubles."""
    if len(str(number)) < _SHORT:
        return pl.when(number.is_finite()).then(number)
    return number.map_batches(_finite, return_dtype=pl.Float64, is_elementwise=True)


def _finite(values: pl.Series) -> pl.Series:
    return values.set(~values.is_finite(), None)
