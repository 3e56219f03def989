"""The values in messages of a template, as texts and as numbers."""

import re
from collections.abc import Iterable
from functools import lru_cache

from keel.data.logs.template import Template

MOST_WORDS = 60
"""Templates of more words are listings: their values are not looked at."""

_SLOT = re.compile(r"<(\*|[A-Z]+)>")
_NUMBER = re.compile(
    r"(?:[0-9A-Za-z_.-]*[=:])?([-+]?[0-9][0-9,]*(?:\.[0-9]+)?)"
    r"(ns|us|ms|s|sec|min|h|[kKMGT]i?B|B|%)?[,;:.)\]]*"
)
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "min": 60.0,
    "h": 3600.0,
    "KB": 1000.0,
    **{f"{letter}B": 1000.0 ** (i + 1) for i, letter in enumerate("kMGT")},
    **{f"{letter}iB": 1024.0 ** (i + 1) for i, letter in enumerate("KMGT")},
}


def slots(template: Template) -> tuple[str, ...]:
    """What stands in each place for values, in order: `*` where lines differ, or what a mask is
    called, `NUM`."""
    found: list[str] = []
    for word in template.words:
        found += ["*"] if word is None else _SLOT.findall(word)
    return tuple(found)


class Values:
    """Takes messages of one template apart."""

    def __init__(self, template: Template) -> None:
        words = [r"(\S+)" if word is None else _word_pattern(word) for word in template.words]
        few = len(words) <= MOST_WORDS
        self._pattern = re.compile(r"\s*" + r"\s+".join(words) + r"\s*") if few else None

    def read(self, messages: Iterable[str]) -> list[tuple[str, ...] | None]:
        """The texts in the slots of each message; None where it is not of the template, or only by
        masks that take spaces away."""
        if self._pattern is None:
            return [None for _ in messages]
        match = self._pattern.fullmatch
        found = (match(message) for message in messages)
        return [None if one is None else one.groups() for one in found]


@lru_cache(maxsize=65_536)
def as_number(text: str) -> float | None:
    """A number in seconds, bytes or what the text counts; None where it is none.

    >>> as_number("took=250ms,")
    0.25
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    return float(found[1].replace(",", "")) * _UNITS.get(found[2], 1.0)


def _word_pattern(word: str) -> str:
    """A masked value may be longer than a word."""
    literals = _SLOT.split(word)[::2]
    return "(.+?)".join(re.escape(literal) for literal in literals)
