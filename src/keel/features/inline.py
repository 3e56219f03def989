"""Features of a row within an aggregate: their own expressions in their place."""

from collections.abc import Mapping

from sqlglot import exp

from keel.features.scalars.syntax import parse_scalar, write_scalar
from keel.spec.aggregate import find_aggregates
from keel.spec.tokens import GrammarError

DEEPEST = 50
LONGEST = 5_000
"""Characters of the text."""


def inline(text: str, features: Mapping[str, str]) -> str:
    """`text` with every feature that it names written out.

    >>> inline("sum_of * is_night", {"is_night": "hour(at) <= 6"})
    'sum_of * (hour(at) <= 6)'

    Raises ValueError for a feature that itself is of many events.
    """
    asked = text
    for _ in range(DEEPEST):
        try:
            tree = parse_scalar(text) if text else None
        except GrammarError:
            # What is wrong with it is told where it is compiled.
            return text
        named = [] if tree is None else [c for c in tree.find_all(exp.Column) if c.name in features]
        named = [column for column in named if not column.args.get("table")]
        if tree is None or not named:
            return text
        for column in named:
            written = features[column.name]
            if find_aggregates(written):
                raise ValueError(
                    f"{text!r}: {column.name} is of many events itself; an aggregate is of what a "
                    "row says"
                )
            inner = exp.paren(parse_scalar(written))
            if column is tree:
                tree = inner
            else:
                column.replace(inner)
        text = write_scalar(tree)
        if len(text) > LONGEST:
            raise ValueError(
                f"{asked!r}: features are written out where they are named, and this is more than "
                f"{LONGEST:,} characters then: name each of them once"
            )
    raise ValueError(f"{text!r}: features need each other in a circle")
