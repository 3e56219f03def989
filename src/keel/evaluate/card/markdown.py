"""Markdown of the card: no value can become markup, a link or another table cell."""

import re
from collections.abc import Callable, Iterable, Sequence

from keel.evaluate.card.words import NOTHING, clean, few, plural, shorten

_SPECIAL = re.compile(r"([\\`*{}\[\]<|~#$&!])|(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"^(\d*)([-+=>]|(?<=\d)[.)])(?=\s|$|[-+=>])")


class Written(str):
    """Text that is Markdown already."""

    __slots__ = ()


def legible(value: object) -> str:
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


def codes(texts: Sequence[str], most: int, length: int) -> Written:
    """The first `most` as code spans, and how many there are beside."""
    shown, left = few(texts, most)
    more = f" and {left} more" if left else ""
    return Written(", ".join(code(text, length) for text in shown) + more)


def block(text: str) -> Written:
    """A fenced block, with a fence longer than any within."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return Written(f"{fence}yaml\n{clean(text).rstrip()}\n{fence}")


def heading(text: str) -> Written:
    """A section's heading; a line that begins with hashes is a comment to the template."""
    return Written(f"## {escaped(text)}")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Written:
    """A table with a row per item; the numbers of a column whose name ends in `:` are aligned."""
    head = _row(column.removesuffix(":") for column in columns)
    rule = "|".join("---:" if column.endswith(":") else "---" for column in columns)
    return Written("\n".join([head, f"|{rule}|", *(_row(row) for row in rows)]))


def beside(*parts: object) -> Written:
    """Parts of one line with spaces between, each escaped on its own; empty ones are left out."""
    return Written(" ".join(legible(part) for part in parts if part not in ("", None)))


def more(left: int, what: str, where: str = "") -> Written:
    """How much a list left out and where it is; nothing if it left out nothing."""
    place = f"in `{where}`" if where else "not shown"
    return Written(f"\nand {plural(left, what)} more, {place}\n" if left else "")


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(legible(cell) for cell in cells)} |"


PIECES: dict[str, Callable[..., object]] = {
    "name": code,
    "names": codes,
    "code": code,
    "block": block,
    "heading": heading,
    "table": table,
    "beside": beside,
    "more": more,
}
"""For the Markdown template alone: values in, Markdown out."""
