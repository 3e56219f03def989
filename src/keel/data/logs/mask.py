"""Masks: the parts of a line that are values whatever the line says, put out of sight."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from keel.errors import DeclarationError

WILDCARD = "<*>"
"""Stands in a template where lines differ."""

_NAMES = (
    "com|net|org|edu|gov|mil|int|info|biz|io|dev|app|cloud|local|lan|internal|localdomain|arpa"
    "|[a-z]{2}"
)
_BYTE = "[0-9]{1,3}"
_HEX = "[0-9a-fA-F]"
_MIXED = "|".join(
    f"{one}{{{count}}}{other}{_HEX}{{{max(7 - count, 0)},}}"
    for one, other in (("[0-9]", "[a-fA-F]"), ("[a-fA-F]", "[0-9]"))
    for count in range(1, 9)
)
"""Eight or more hexadecimal digits, letters among them and numbers: no pattern looks ahead."""

_IN_PATH = r"[0-9A-Za-z_.@$%~+:=-]"


@dataclass(frozen=True)
class Mask:
    """What fits the regular expression `pattern` becomes the literal text `into`. What its group
    named `after` holds, if it has one, stays behind it: a way to look ahead."""

    pattern: str
    into: str = WILDCARD


LITERAL = Mask(r"<\*>", "<ANY>")
"""A line that holds the wildcard itself would not even be like itself."""

DEFAULT_MASKS = (
    LITERAL,
    Mask(
        r"\b[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[T _:-][0-9]{2}[:.][0-9]{2}[:.][0-9]{2}"
        r"(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2}\b)?",
        "<TIME>",
    ),
    Mask(r"\b[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?\b", "<TIME>"),
    Mask(rf"\b{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}\b", "<ID>"),
    Mask(rf"\b{_HEX}{{2}}(?:[:-]{_HEX}{{2}}){{5,7}}\b", "<MAC>"),
    Mask(rf"/?\b(?:{_BYTE}\.){{3}}{_BYTE}(?::[0-9]{{1,5}})?\b", "<ADDR>"),
    Mask(
        rf"\b(?:{_HEX}{{1,4}}:){{4,7}}:?{_HEX}{{1,4}}\b"
        rf"|\b{_HEX}{{1,4}}(?::{_HEX}{{1,4}})*::[0-9a-fA-F:]*{_HEX}",
        "<ADDR>",
    ),
    Mask(
        rf"\b(?:[A-Za-z0-9_-]+\.)+(?:{_NAMES})(?::[0-9]{{1,5}})?"
        r"(?P<after>[^0-9A-Za-z_.:-]|[.:]\s|[.:]?$)",
        "<ADDR>",
    ),
    Mask(r"<ADDR>(?:, ?<ADDR>)+", "<ADDR>"),
    Mask(r"(?:[A-Za-z]:)?\\(?:[0-9A-Za-z_.@$~+-]+\\)+[0-9A-Za-z_.@$~+-]*", "<PATH>"),
    Mask(rf"[0-9A-Za-z_]+://[^\s,;)\]}}'\"]+|(?:/{_IN_PATH}+){{2,}}/?", "<PATH>"),
    Mask(rf"\b0[xX]{_HEX}+\b", "<HEX>"),
    Mask(rf"\b(?:{_MIXED})\b", "<ID>"),
    Mask(r"_-?[0-9][0-9A-Za-z_]*\b", "_<ID>"),
    Mask(
        rf"\b[0-9]+[a-fA-F]{_HEX}{{3,}}\b|\b[0-9]{{4,}}[a-fA-F]{_HEX}*\b"
        r"|[-+]?\b[0-9]+(?:[.,][0-9]+)*",
        "<NUM>",
    ),
)
"""Times, addresses, paths, identifiers and numbers, in this order. Named, so that a value of the
same kind in the same place counts as what two lines have in common."""


def mask_lines(lines: pl.Series, masks: Iterable[Mask]) -> pl.Series:
    """[n] lines with each mask applied in turn; null stays null."""
    for mask in masks:
        try:
            into = mask.into.replace("$", "$$")
            rest = "${after}" if "(?P<after>" in mask.pattern else ""
            lines = lines.str.replace_all(mask.pattern, into + rest)
        except pl.exceptions.ComputeError:
            lines = _mask_slowly(lines, mask)
    return lines


def mask_problems(masks: Iterable[Mask]) -> list[str]:
    """What is wrong with masks that a person wrote, one sentence each."""
    problems = []
    for mask in masks:
        try:
            fits_nothing = re.compile(mask.pattern).search("") is not None
        except re.error as error:
            problems.append(f"mask {mask.pattern!r} is not a regular expression: {error}")
            continue
        if fits_nothing:
            problems.append(
                f"mask {mask.pattern!r} fits the empty text, so it would be put between all "
                "letters: make it need at least one"
            )
    return problems


def check_masks(masks: Iterable[Mask]) -> None:
    """Raises DeclarationError naming every mask that cannot be used."""
    problems = mask_problems(masks)
    if problems:
        raise DeclarationError(problems)


def _mask_slowly(lines: pl.Series, mask: Mask) -> pl.Series:
    """The engine's regular expressions look neither ahead nor behind; Python's do."""
    pattern = re.compile(mask.pattern)
    has_rest = "after" in pattern.groupindex

    def put(found: re.Match[str]) -> str:
        return mask.into + (found["after"] or "" if has_rest else "")

    distinct = lines.drop_nulls().unique()
    masked = [pattern.sub(put, line) for line in distinct.to_list()]
    return lines.replace_strict(distinct, pl.Series(masked, dtype=pl.String), default=None)
