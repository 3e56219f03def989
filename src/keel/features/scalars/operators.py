"""Operators: what stands between or before its operands."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import polars as pl
from sqlglot import exp

from keel.features.finite import finite
from keel.features.scalars.function import ANY, SHOWN, Build
from keel.features.scalars.numbers import divide, power, remainder
from keel.features.scalars.texts import like

Both = Callable[[pl.Expr, pl.Expr], pl.Expr]


@dataclass(frozen=True)
class Operator:
    """takes: the type of all its operands, or `any` one. gives: a `Type`."""

    takes: str
    gives: str
    build: Build


def _numbers(build: Both) -> Operator:
    return Operator("number", "number", lambda left, right: finite(build(left, right)))


def _compares(build: Both) -> Operator:
    return Operator(ANY, "boolean", build)


def _logic(build: Build) -> Operator:
    return Operator("boolean", "boolean", build)


def _texts(build: Both) -> Operator:
    return Operator("text", "boolean", build)


def between(value: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """Both ends belong to it."""
    return (value >= low) & (value <= high)


def is_in(value: pl.Expr, *options: pl.Expr) -> pl.Expr:
    """Missing where it is none of them and one of them is missing."""
    return pl.any_horizontal(value == option for option in options)


OPERATORS: dict[type[exp.Expression], Operator] = {
    exp.Add: _numbers(lambda a, b: a + b),
    exp.Sub: _numbers(lambda a, b: a - b),
    exp.Mul: _numbers(lambda a, b: a * b),
    exp.Div: Operator("number", "number", divide),
    exp.Mod: Operator("number", "number", remainder),
    exp.Pow: Operator("number", "number", power),
    exp.Neg: Operator("number", "number", lambda a: -a),
    exp.EQ: _compares(lambda a, b: a == b),
    exp.NEQ: _compares(lambda a, b: a != b),
    exp.GT: _compares(lambda a, b: a > b),
    exp.GTE: _compares(lambda a, b: a >= b),
    exp.LT: _compares(lambda a, b: a < b),
    exp.LTE: _compares(lambda a, b: a <= b),
    exp.NullSafeEQ: _compares(lambda a, b: a.eq_missing(b)),
    exp.NullSafeNEQ: _compares(lambda a, b: a.ne_missing(b)),
    exp.Is: _compares(lambda a, b: a.eq_missing(b)),
    exp.Between: Operator(ANY, "boolean", between),
    exp.In: Operator(ANY, "boolean", is_in),
    exp.And: _logic(lambda a, b: a & b),
    exp.Or: _logic(lambda a, b: a | b),
    exp.Not: _logic(lambda a: ~a),
    exp.Like: _texts(like),
    exp.ILike: _texts(lambda a, b: like(a.str.to_lowercase(), b.str.to_lowercase())),
    exp.DPipe: Operator(SHOWN, "text", lambda *a: reduce(lambda x, y: x + y, a)),
}

SHOWN_AS: tuple[tuple[str, str], ...] = (
    ("`+` `-` `*` `/` `%` `**`", "Of numbers; of what is divided by zero nothing is known."),
    ("`t + interval 3 day`", "A time so much later (`-`: earlier), in any unit of `date_trunc`."),
    ("`=` `<>` `<` `<=` `>` `>=`", "Of two of one type; missing if one is missing."),
    ("`is null` `is not null`", "Whether it is missing."),
    ("`is distinct from`", "Whether they differ, where two that are missing do not."),
    ("`x between a and b`", "Both ends belong to it."),
    ("`x in (a, b)`", "Whether it is one of these."),
    ("`and` `or` `not`", "Of conditions; `null and false` is false, `null or true` is true."),
    ("`like` `ilike`", "`%` is any text, `_` one character; `ilike` takes large as small."),
    ("`a || b`", "One text after another."),
    ("`case when a then b else c end`", "The first that holds; also `case x when 1 then …`."),
    ("`if(a, b, c)`", "`b` where `a` holds, else `c`."),
    ("`cast(x as double)` `x::text`", "To another type; missing where that cannot be."),
    ("`t at time zone 'Europe/Berlin'`", "What the clocks there show at a time."),
    ("`extract(hour from t)`", "As `date_part`."),
)
"""As a guide shows them."""
