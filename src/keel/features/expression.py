"""Row-level feature expressions: SQL scalars, parsed against a whitelist, run by Polars."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from keel.features.scalars.compiler import Compiler
from keel.features.scalars.syntax import parse_scalar
from keel.features.scalars.term import KINDS, Term, Type
from keel.spec.kinds import Kind
from keel.spec.tokens import GrammarError

_RESULTS = {
    Type.NUMBER: Kind.NUMBER,
    Type.TEXT: Kind.CATEGORY,
    Type.BOOLEAN: Kind.BOOLEAN,
    Type.TIME: Kind.TIME,
}


@dataclass(frozen=True)
class Expression:
    """A parsed feature: its text, the columns it reads, how Polars computes it, and of which kind
    it is. It is never NaN or infinite."""

    text: str
    columns: tuple[str, ...]
    polars: pl.Expr
    kind: Kind


def parse_expression(
    text: str, columns: Mapping[str, Kind], meaning: Mapping[str, pl.Expr] | None = None
) -> Expression:
    """The expression that `text` writes over `columns`, stored as `PHYSICAL[kind]`. meaning: of
    names that stand for more than a column of theirs.

    Raises GrammarError, pointing at the place, with the nearest spelling of an unknown column or
    function, for what is of the wrong type, and for anything that is not a scalar: a subquery, a
    star, an aggregate, a statement.
    """
    named = meaning or {}
    terms = {
        name: Term(KINDS[kind], named[name] if name in named else pl.col(name), 0)
        for name, kind in columns.items()
    }
    used: dict[str, None] = {}
    try:
        term = Compiler(text, terms, used).compile(parse_scalar(text))
    except RecursionError as error:
        raise GrammarError(text, 0, "this is nested too deeply") from error
    if term.type is Type.NULL:
        raise GrammarError(text, 0, "this is always missing")
    return Expression(text, tuple(used), term.polars, _RESULTS[term.type])
