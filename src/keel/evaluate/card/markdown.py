"""Escaping for the Markdown card: no value can become markup, a link or another table cell."""

import re
from collections.abc import Callable

from keel.evaluate.card.words import NOTHING, clean, shorten

_SPECIAL = re.compile(r"([\\`*{}\[\]<|~#$&!])|(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"^(\d*)([-+=>]|(?<=\d)[.)])(?=\s|$|[-+=>])")


class Written(str):
    """Text that is Markdown already."""

    __slots__ = ()


def shown(value: object) -> object:
    """What an expression in the template becomes: escaped unless it is Markdown already."""
    if value is None:
        return NOTHING
    if isinstance(value, Written):
        return value
    return escaped(str(value))


def escaped(text: str) -> Written:
    """One line of plain text, whatever it holds."""
    flat = " ".join(clean(text).split()).replace("://", "\0://").replace("www.", "www\0.")
    flat = _SPECIAL.sub(lambda match: f"\\{match[0]}", flat).replace("\0", "\\")
    return Written(_LINE_START.sub(r"\1\\\2", flat))


def code(text: object, length: int = 200) -> Written:
    """A code span, with a fence longer than any run of backticks within."""
    flat = shorten(" ".join(clean(str(text)).split()), length).replace("|", "\\|")
    if not flat:
        return Written("` `")
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    space = " " if "`" in flat else ""
    return Written(f"{fence}{space}{flat}{space}{fence}")


def block(text: str) -> Written:
    """A fenced block, with a fence longer than any within."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return Written(f"{fence}yaml\n{clean(text).rstrip()}\n{fence}")


FILTERS: dict[str, Callable[..., object]] = {"code": code, "block": block, "name": code}
