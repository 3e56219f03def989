"""Functions of numbers."""

import math

import polars as pl

from keel.features.finite import finite
from keel.features.scalars.function import Build, Function, takes

LARGEST_SCALE = 15
"""Digits that a double has."""


def divide(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """By zero it is missing."""
    return finite(left / right)


def remainder(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """With the sign of what is divided; by zero it is missing."""
    rest = left.abs() % pl.when(right != 0).then(right.abs())
    return pl.when(left < 0).then(-rest).otherwise(rest)


def power(base: pl.Expr, exponent: pl.Expr) -> pl.Expr:
    """What is not a number, or too large for one, is missing."""
    return finite(base.pow(exponent))


def _truncate(value: pl.Expr) -> pl.Expr:
    return pl.when(value < 0).then(value.ceil()).otherwise(value.floor())


def _round(value: pl.Expr, digits: pl.Expr | None = None) -> pl.Expr:
    if digits is None:
        return _half_away(value)
    scale = pl.lit(10.0).pow(digits.clip(-LARGEST_SCALE, LARGEST_SCALE).round(0))
    # Beyond what is finite nothing is left to round.
    return pl.coalesce(finite(_half_away(value * scale) / scale), value)


def _half_away(value: pl.Expr) -> pl.Expr:
    return value.round(0, mode="half_away_from_zero")


def _logarithm(value: pl.Expr, base: float) -> pl.Expr:
    return finite(value.log(base))


def _log(first: pl.Expr, second: pl.Expr | None = None) -> pl.Expr:
    if second is None:
        return finite(first.log10())
    return divide(finite(second.log()), finite(first.log()))


def _cotangent(value: pl.Expr) -> pl.Expr:
    return divide(pl.lit(1.0), value.tan())


def _function(
    name: str, build: Build, says: str, example: str, value: float, *aliases: str
) -> Function:
    return Function(name, takes("x: number"), "number", build, says, example, value, aliases)


NUMBERS = (
    _function("abs", lambda x: x.abs(), "Without its sign.", "abs(-2)", 2.0),
    _function("sign", lambda x: x.sign(), "-1, 0 or 1.", "sign(-2)", -1.0),
    _function(
        "ceil", lambda x: x.ceil(), "The next whole number above.", "ceil(2.1)", 3.0, "ceiling"
    ),
    _function("floor", lambda x: x.floor(), "The next whole number below.", "floor(-2.1)", -3.0),
    _function("trunc", _truncate, "Without what is behind the point.", "trunc(-2.7)", -2.0),
    Function(
        "round",
        takes("x: number, digits: number?"),
        "number",
        _round,
        "To so many digits behind the point (before it, if negative); halves away from 0.",
        "round(2.5)",
        3.0,
    ),
    Function(
        "mod",
        takes("x: number, y: number"),
        "number",
        remainder,
        "What is left of a division, with the sign of `x`; as `x % y`.",
        "mod(-7, 3)",
        -1.0,
    ),
    _function("sqrt", lambda x: finite(x.sqrt()), "The square root.", "sqrt(9)", 3.0),
    _function("cbrt", lambda x: x.cbrt(), "The cube root.", "cbrt(-8)", -2.0),
    Function(
        "power",
        takes("x: number, y: number"),
        "number",
        power,
        "To the power of `y`; as `x ** y`.",
        "power(2, 10)",
        1024.0,
        ("pow",),
    ),
    _function("exp", lambda x: finite(x.exp()), "e to the power of `x`.", "exp(1)", math.e),
    _function("ln", lambda x: finite(x.log()), "The natural logarithm.", "ln(1)", 0.0),
    Function(
        "log",
        takes("base: number, x: number?"),
        "number",
        _log,
        "The logarithm to a base; with one argument that to the base of 10.",
        "log(2, 8)",
        3.0,
    ),
    _function("log2", lambda x: _logarithm(x, 2), "That to the base of 2.", "log2(8)", 3.0),
    _function("log10", _log, "That to the base of 10.", "log10(1000)", 3.0),
    _function("sin", lambda x: x.sin(), "The sine of an angle in radians.", "sin(0)", 0.0),
    _function("cos", lambda x: x.cos(), "The cosine.", "cos(0)", 1.0),
    _function("tan", lambda x: x.tan(), "The tangent.", "tan(0)", 0.0),
    _function("cot", _cotangent, "The cotangent.", "cot(pi() / 4)", 1.0),
    _function("asin", lambda x: finite(x.arcsin()), "The arc sine.", "asin(1)", math.pi / 2),
    _function("acos", lambda x: finite(x.arccos()), "The arc cosine.", "acos(1)", 0.0),
    _function("atan", lambda x: x.arctan(), "The arc tangent.", "atan(1)", math.pi / 4),
    Function(
        "atan2",
        takes("y: number, x: number"),
        "number",
        lambda y, x: pl.arctan2(y, x),
        "The angle of the point (x, y), in radians.",
        "atan2(1, -1)",
        3 * math.pi / 4,
    ),
    _function("sinh", lambda x: finite(x.sinh()), "The hyperbolic sine.", "sinh(1)", math.sinh(1)),
    _function(
        "cosh", lambda x: finite(x.cosh()), "The hyperbolic cosine.", "cosh(1)", math.cosh(1)
    ),
    _function("tanh", lambda x: x.tanh(), "The hyperbolic tangent.", "tanh(1)", math.tanh(1)),
    _function("degrees", lambda x: finite(x.degrees()), "From radians.", "degrees(pi())", 180.0),
    _function("radians", lambda x: x.radians(), "From degrees.", "radians(180)", math.pi),
    Function("pi", (), "number", lambda: pl.lit(math.pi), "π.", "pi()", math.pi),
)
