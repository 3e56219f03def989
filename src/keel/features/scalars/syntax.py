"""The syntax tree of a scalar expression: that of DuckDB, without a function of its own."""

from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, TokenError

from keel.spec.tokens import GrammarError

_CALLED_DIFFERENTLY = ("CAST", "TRY_CAST", "EXTRACT")
"""Functions whose arguments are no list."""


class _Scalars(DuckDB):
    """Calls come as they were written, with the place where they were: no function is known here,
    and so none is rewritten for the sake of another dialect."""

    class Parser(DuckDB.Parser):  # type: ignore[misc, valid-type]
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: DuckDB.Parser.FUNCTION_PARSERS[name] for name in _CALLED_DIFFERENTLY
        }
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}


def parse_scalar(text: str) -> exp.Expression:
    """The tree of one scalar. Raises GrammarError pointing at what does not belong."""
    try:
        tree: object = sqlglot.parse_one(text, dialect=_Scalars, into=exp.Condition)
    except ParseError as error:
        raise GrammarError(
            text, _place(text, error), "this is no scalar expression from here on"
        ) from error
    except TokenError as error:
        raise GrammarError(text, _unclosed(text), "this is never closed") from error
    except RecursionError as error:
        raise GrammarError(text, 0, "this is nested too deeply") from error
    if not isinstance(tree, exp.Expression):
        raise GrammarError(text, 0, "expected one scalar expression")
    return tree


def write_scalar(tree: exp.Expression) -> str:
    """A tree as text that is parsed to the same."""
    return tree.sql(dialect=_Scalars, comments=False, normalize_functions=False)


def place_of(tree: exp.Expression) -> int:
    """Where a node begins, as far as that is known."""
    starts = [node.meta["start"] for node in tree.walk() if "start" in node.meta]
    return int(min(starts, default=0))


def _place(text: str, error: ParseError) -> int:
    """The parser tells line and column of the last letter of what it did not expect."""
    if not error.errors or error.errors[0].get("line") is None:
        return 0
    first = error.errors[0]
    lines = text.splitlines(keepends=True)[: int(first["line"]) - 1]
    ends = sum(map(len, lines)) + int(first["col"])
    return max(0, min(ends - len(first.get("highlight") or " "), len(text)))


def _unclosed(text: str) -> int:
    for place, letter in enumerate(text):
        if letter in "'\"" and text.count(letter) % 2 and text.rfind(letter) == place:
            return place
    return 0
