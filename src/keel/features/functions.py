"""What a feature expression may call: the whitelist, each name with its Polars meaning."""

from collections.abc import Callable
from functools import reduce

import polars as pl
from sqlglot import exp

Build = Callable[..., pl.Expr]

CASTS: dict[str, pl.DataType] = {
    "double": pl.Float64(),
    "float": pl.Float64(),
    "real": pl.Float64(),
    "int": pl.Int64(),
    "integer": pl.Int64(),
    "bigint": pl.Int64(),
    "boolean": pl.Boolean(),
    "text": pl.String(),
    "varchar": pl.String(),
    "timestamp": pl.Datetime("us"),
}


def _number(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Float64)


def _divide(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Division as in SQL: by zero is missing."""
    below = _number(right)
    return pl.when(below == 0).then(None).otherwise(_number(left) / below)


def _like(value: pl.Expr, pattern: pl.Expr) -> pl.Expr:
    escaped = pl.lit("(?s)^") + _pattern(pattern) + pl.lit("$")
    return value.str.contains(escaped)


def _pattern(pattern: pl.Expr) -> pl.Expr:
    """A LIKE pattern as a regular expression: `%` any text, `_` any character."""
    quoted = pattern.str.replace_all(r"([.+*?()\[\]{}|^$\\])", r"\${1}")
    return quoted.str.replace_all("%", ".*", literal=True).str.replace_all("_", ".", literal=True)


def _positive(value: pl.Expr) -> pl.Expr:
    """Logarithms of what is not positive are missing."""
    number = _number(value)
    return pl.when(number > 0).then(number)


def _logarithm(base: pl.Expr, value: pl.Expr) -> pl.Expr:
    return _positive(value).log() / _positive(base).log()


def _root(value: pl.Expr) -> pl.Expr:
    number = _number(value)
    return pl.when(number >= 0).then(number.sqrt())


def _round(value: pl.Expr, digits: pl.Expr | None = None) -> pl.Expr:
    if digits is None:
        return _number(value).round(0)
    scale = pl.lit(10.0).pow(digits)
    return (_number(value) * scale).round(0) / scale


def _substring(text: pl.Expr, start: pl.Expr, length: pl.Expr | None = None) -> pl.Expr:
    """From 1 on; a negative start counts from the end, 0 is the place before the first."""
    at = start.cast(pl.Int64)
    offset = pl.when(at > 0).then(at - 1).when(at < 0).then(at).otherwise(0)
    if length is None:
        return text.str.slice(offset)
    count = length.cast(pl.Int64) - (at == 0).cast(pl.Int64)
    return text.str.slice(offset, pl.max_horizontal(count, pl.lit(0)).cast(pl.UInt64))


def _remainder(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """With the sign of what is divided, as in SQL; by zero it is missing."""
    above, below = _number(left), _number(right)
    rest = above.abs() % pl.when(below == 0).then(None).otherwise(below.abs())
    return pl.when(above < 0).then(-rest).otherwise(rest)


def _null_if(value: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(value == other).then(None).otherwise(value)


def _if(condition: pl.Expr, yes: pl.Expr, no: pl.Expr | None = None) -> pl.Expr:
    return pl.when(condition).then(yes).otherwise(pl.lit(None) if no is None else no)


def _join(*texts: pl.Expr) -> pl.Expr:
    return reduce(lambda left, right: left + right, [text.cast(pl.String) for text in texts])


NODES: dict[type[exp.Expression], Build] = {
    exp.Add: lambda a, b: _number(a) + _number(b),
    exp.Sub: lambda a, b: _number(a) - _number(b),
    exp.Mul: lambda a, b: _number(a) * _number(b),
    exp.Div: _divide,
    exp.Mod: _remainder,
    exp.Neg: lambda a: -_number(a),
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
    exp.Between: lambda a, low, high: (a >= low) & (a <= high),
    exp.And: lambda a, b: a & b,
    exp.Or: lambda a, b: a | b,
    exp.Not: lambda a: ~a,
    exp.Is: lambda a, b: a.eq_missing(b),
    exp.DPipe: _join,
    exp.Like: _like,
    exp.ILike: lambda a, b: _like(a.str.to_lowercase(), b.str.to_lowercase()),
}

FUNCTIONS: dict[str, Build] = {
    "abs": lambda a: _number(a).abs(),
    "ceil": lambda a: _number(a).ceil(),
    "coalesce": lambda *a: pl.coalesce(*a),
    "concat": lambda *a: _join(*(text.cast(pl.String).fill_null("") for text in a)),
    "contains": lambda a, b: a.str.contains(b, literal=True),
    "cos": lambda a: _number(a).cos(),
    "day": lambda a: a.dt.day().cast(pl.Float64),
    "dayofmonth": lambda a: a.dt.day().cast(pl.Float64),
    "dayofweek": lambda a: (a.dt.weekday() % 7).cast(pl.Float64),
    "dayofweek_iso": lambda a: a.dt.weekday().cast(pl.Float64),
    "dayofyear": lambda a: a.dt.ordinal_day().cast(pl.Float64),
    "day_of_month": lambda a: a.dt.day().cast(pl.Float64),
    "day_of_week": lambda a: (a.dt.weekday() % 7).cast(pl.Float64),
    "day_of_year": lambda a: a.dt.ordinal_day().cast(pl.Float64),
    "ends_with": lambda a, b: a.str.ends_with(b),
    "time_to_unix": lambda a: a.dt.timestamp("us").cast(pl.Float64) / 1e6,
    "exp": lambda a: _number(a).exp(),
    "floor": lambda a: _number(a).floor(),
    "greatest": lambda *a: pl.max_horizontal(*a),
    "hour": lambda a: a.dt.hour().cast(pl.Float64),
    "if": _if,
    "least": lambda *a: pl.min_horizontal(*a),
    "length": lambda a: a.str.len_chars().cast(pl.Float64),
    "ln": lambda a: _positive(a).log(),
    "log": lambda a, b=None: _positive(a).log(10) if b is None else _logarithm(a, b),
    "lower": lambda a: a.str.to_lowercase(),
    "ltrim": lambda a: a.str.strip_chars_start(),
    "minute": lambda a: a.dt.minute().cast(pl.Float64),
    "month": lambda a: a.dt.month().cast(pl.Float64),
    "nullif": _null_if,
    "power": lambda a, b: _number(a).pow(_number(b)),
    "quarter": lambda a: a.dt.quarter().cast(pl.Float64),
    "replace": lambda a, b, c: a.str.replace_all(b, c, literal=True),
    "round": _round,
    "rtrim": lambda a: a.str.strip_chars_end(),
    "second": lambda a: a.dt.second().cast(pl.Float64),
    "sign": lambda a: _number(a).sign(),
    "sin": lambda a: _number(a).sin(),
    "sqrt": _root,
    "starts_with": lambda a, b: a.str.starts_with(b),
    "substring": _substring,
    "tan": lambda a: _number(a).tan(),
    "trim": lambda a: a.str.strip_chars(),
    "upper": lambda a: a.str.to_uppercase(),
    "week": lambda a: a.dt.week().cast(pl.Float64),
    "year": lambda a: a.dt.year().cast(pl.Float64),
}
