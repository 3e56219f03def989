"""One function of the whitelist: what it takes, what it gives, what it says of itself."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from keel.features.scalars.term import Type

ANY = "any"
"""Arguments of any one type, the same for all of them."""
SHOWN = "shown"
"""Arguments of whatever type, as texts."""
WRITTEN = ("word", "zone", "pattern", "form")
"""Arguments that must be written down, as texts or numbers; functions get them as they are."""

Build = Callable[..., pl.Expr]


@dataclass(frozen=True)
class Parameter:
    """One argument. type: a `Type`, `any`, or one of those that must be written down; `words` are
    the ones it may be, if they are few."""

    name: str
    type: str
    optional: bool = False
    many: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Function:
    """gives: a `Type`, or `any`: that of its arguments. says: one sentence. example: a call whose
    value is `value`; a column `t` in it is 2024-03-31 01:30:15.25."""

    name: str
    takes: tuple[Parameter, ...]
    gives: str
    build: Build
    says: str
    example: str
    value: object
    aliases: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """As in `substring(text, start, [length])`."""
        shown = []
        for parameter in self.takes:
            name = f"{parameter.name}, …" if parameter.many else parameter.name
            shown.append(f"[{name}]" if parameter.optional else name)
        return f"{self.name}({', '.join(shown)})"


def takes(text: str, words: tuple[str, ...] = ()) -> tuple[Parameter, ...]:
    """Parameters from `name: type`, with a `?` after those that may be left out and a `*` after
    one that may come again; a name alone is a type.

    >>> [p.name for p in takes("text, start: number, length: number?")]
    ['text', 'start', 'length']
    """
    found = []
    for part in filter(None, text.split(", ")):
        name, _, kind = part.partition(": ")
        kind = kind or name
        bare = kind.rstrip("?*")
        found.append(
            Parameter(
                name.rstrip("?*"),
                bare,
                "?" in kind,
                "*" in kind,
                words if bare == "word" else (),
            )
        )
        assert bare in (*Type, ANY, SHOWN, *WRITTEN), part
    return tuple(found)
