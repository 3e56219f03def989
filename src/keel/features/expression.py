"""Row-level feature expressions: SQL scalars, parsed against a whitelist, run by Polars."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from keel.features.functions import CASTS, FUNCTIONS, NODES, Build
from keel.spec.nearest import did_you_mean


class ExpressionError(ValueError):
    """An expression is not a scalar of known columns and allowed functions."""


@dataclass(frozen=True)
class Expression:
    """A parsed feature: its text, the columns it reads, and how Polars computes it."""

    text: str
    columns: tuple[str, ...]
    polars: pl.Expr


def parse_expression(
    text: str, columns: Sequence[str], meaning: Mapping[str, pl.Expr] | None = None
) -> Expression:
    """The expression that `text` writes over `columns`. meaning: of names that stand for more than
    a column of theirs.

    Raises ExpressionError with the nearest spelling of an unknown column or function, and for
    anything that is not a scalar: a subquery, a star, an aggregate, a statement.
    """
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except (ParseError, TokenError) as error:
        raise ExpressionError(f"{text!r} is not an expression: {_first_line(error)}") from error
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionError(f"{text!r} must be exactly one expression")
    used: dict[str, None] = {}
    polars = _Compiler(text, tuple(columns), used, meaning or {}).compile(
        _expression(trees[0], text)
    )
    return Expression(text, tuple(used), polars)


@dataclass(frozen=True)
class _Compiler:
    text: str
    columns: tuple[str, ...]
    used: dict[str, None]
    meaning: Mapping[str, pl.Expr]

    def compile(self, tree: exp.Expression) -> pl.Expr:
        """The Polars expression of one node of the tree."""
        special = _SPECIAL.get(type(tree))
        if special is not None:
            return special(self, tree)
        if isinstance(tree, exp.Anonymous):
            return self._function(tree)
        name = tree.sql_name().lower() if isinstance(tree, exp.Func) else tree.key
        flags = _flags(tree)
        if isinstance(tree, exp.Trim):
            side = str(flags.pop("position", ""))
            name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(side, name)
        negated = flags.pop("negate", False)
        build = NODES.get(type(tree)) or FUNCTIONS.get(name)
        if build is None or flags:
            shown = f"{name} {' '.join(flags)}".strip()
            raise self.refuse(f"{shown!r} is not allowed; {did_you_mean(name, FUNCTIONS)}")
        result = self._apply(build, name, _parts(tree))
        return ~result if negated else result

    def refuse(self, reason: str) -> ExpressionError:
        """An error that shows the whole expression."""
        return ExpressionError(f"in {self.text!r}: {reason}")

    def column(self, tree: exp.Expression) -> pl.Expr:
        """A column of the table."""
        if isinstance(tree.this, exp.Star) or tree.args.get("db"):
            raise self.refuse(f"{tree.sql()!r} is not a column of the table")
        table = tree.args.get("table")
        name = tree.name if table is None else f"{table.name}.{tree.name}"
        if name not in self.columns:
            raise self.refuse(f"no column {name!r}; {did_you_mean(name, self.columns)}")
        self.used[name] = None
        found = self.meaning.get(name)
        return pl.col(name) if found is None else found

    def literal(self, tree: exp.Expression) -> pl.Expr:
        """A number or a text."""
        if tree.args["is_string"]:
            return pl.lit(tree.name)
        return pl.lit(float(tree.name))

    def case(self, tree: exp.Expression) -> pl.Expr:
        """`case when a then b else c end`, with or without a subject."""
        subject = tree.args.get("this")
        otherwise = tree.args.get("default")
        result = self.compile(otherwise) if otherwise is not None else pl.lit(None)
        for branch in reversed(tree.args["ifs"]):
            condition = self.compile(branch.this)
            if subject is not None:
                condition = self.compile(subject) == condition
            result = pl.when(condition).then(self.compile(branch.args["true"])).otherwise(result)
        return result

    def member(self, tree: exp.Expression) -> pl.Expr:
        """`x in (a, b)`."""
        if tree.args.get("query") is not None:
            raise self.refuse("a subquery is not allowed")
        value = self.compile(tree.this)
        options = [value == self.compile(option) for option in tree.expressions]
        return pl.any_horizontal(options)

    def cast(self, tree: exp.Expression) -> pl.Expr:
        """`cast(x as double)`; what cannot be cast is missing."""
        kind = tree.args["to"].sql(dialect="duckdb").lower()
        if kind not in CASTS:
            raise self.refuse(f"cannot cast to {kind!r}; allowed: {', '.join(CASTS)}")
        return self.compile(tree.this).cast(CASTS[kind], strict=False)

    def boolean(self, tree: exp.Expression) -> pl.Expr:
        """`true` or `false`."""
        return pl.lit(bool(tree.this))

    def null(self, _tree: exp.Expression) -> pl.Expr:
        """`null`."""
        return pl.lit(None)

    def parentheses(self, tree: exp.Expression) -> pl.Expr:
        """`(x)`."""
        return self.compile(tree.this)

    def _function(self, tree: exp.Anonymous) -> pl.Expr:
        name = str(tree.this).lower()
        if name not in FUNCTIONS:
            raise self.refuse(f"no function {name!r}; {did_you_mean(name, FUNCTIONS)}")
        return self._apply(FUNCTIONS[name], name, tree.expressions)

    def _apply(self, build: Build, name: str, parts: list[exp.Expression]) -> pl.Expr:
        try:
            return build(*(self.compile(part) for part in parts))
        except TypeError as error:
            raise self.refuse(f"{name!r} does not take {len(parts)} arguments") from error


_SPECIAL: dict[type[exp.Expression], Callable[[_Compiler, exp.Expression], pl.Expr]] = {
    exp.Column: _Compiler.column,
    exp.Literal: _Compiler.literal,
    exp.Case: _Compiler.case,
    exp.In: _Compiler.member,
    exp.Cast: _Compiler.cast,
    exp.TryCast: _Compiler.cast,
    exp.Boolean: _Compiler.boolean,
    exp.Null: _Compiler.null,
    exp.Paren: _Compiler.parentheses,
}


def _expression(tree: object, text: str) -> exp.Expression:
    if not isinstance(tree, exp.Expression):
        raise ExpressionError(f"{text!r} is not an expression")
    return tree


def _parts(tree: exp.Expression) -> list[exp.Expression]:
    """The operands of a node in the order in which they were written."""
    parts: list[exp.Expression] = []
    for value in tree.args.values():
        if isinstance(value, exp.Expression):
            parts.append(value)
        elif isinstance(value, list):
            parts.extend(part for part in value if isinstance(part, exp.Expression))
    return parts


_HARMLESS = {"safe", "coalesce", "ignore_nulls"}
"""Marks that the parser sets on its own to tell dialects apart."""


def _flags(tree: exp.Expression) -> dict[str, object]:
    """What changes the meaning of a node beside its operands: none may go unread."""
    return {
        key: value
        for key, value in tree.args.items()
        if value and key not in _HARMLESS and not isinstance(value, exp.Expression | list)
    }


def _first_line(error: Exception) -> str:
    return str(error).replace("\x1b[4m", "").replace("\x1b[0m", "").splitlines()[0]
