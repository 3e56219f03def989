"""Bytes of a log -> clean lines, block by block, whatever is in them."""

import codecs
import re
from typing import Any

import polars as pl

from keel.data.sources.bytestream import BOMS, WINDOWS_1252

MOST_CHARACTERS = 65_536
"""Of a line; the rest is left unread."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f]"


class RawLines:
    """Takes blocks of bytes as they come and gives the lines that are complete.

    Bytes that are not UTF-8 are read as Windows-1252, one by one; a byte order mark says
    otherwise. Colours for terminals and NUL bytes are taken out, other control characters become
    U+FFFD, so that a line can be printed. Memory is bounded by `MOST_CHARACTERS` and the block.
    """

    def __init__(self) -> None:
        self._decoder: Any = None
        self._left = ""
        self._skipping = False
        self._cut = 0
        self._odd = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know, one sentence each."""
        notes = []
        if self._cut:
            notes.append(f"{_lines(self._cut)} cut to {MOST_CHARACTERS:,} characters")
        if self._odd:
            notes.append(f"{_lines(self._odd)} with control characters, shown as U+FFFD")
        return tuple(notes)

    def feed(self, block: bytes) -> pl.Series:
        """The lines that end in `block`, without their ends."""
        return self._split(self._decode(block, final=False))

    def finish(self) -> pl.Series:
        """The last line, if it has no end, or nothing. Then a new log may begin."""
        lines = self._split(self._decode(b"", final=True))
        left, self._left, self._decoder = self._left, "", None
        skipped, self._skipping = self._skipping, False
        return lines if skipped or not left else lines.append(self._clean([left]))

    def _decode(self, block: bytes, *, final: bool) -> str:
        if self._decoder is None:
            encoding = next((name for bom, name in BOMS if block.startswith(bom)), "utf-8")
            errors = WINDOWS_1252 if encoding.startswith("utf-8") else "replace"
            self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        text: str = self._decoder.decode(block, final)
        return text

    def _split(self, text: str) -> pl.Series:
        if self._skipping:
            start = text.find("\n")
            if start < 0:
                return self._clean([])
            text, self._skipping = text[start + 1 :], False
        *lines, self._left = (self._left + text).split("\n")
        if len(self._left) > MOST_CHARACTERS:
            # The line goes on, unread, until its end comes.
            lines.append(self._left)
            self._left, self._skipping = "", True
        return self._clean(lines)

    def _clean(self, lines: list[str]) -> pl.Series:
        column = pl.Series("line", lines, dtype=pl.String).str.strip_suffix("\r")
        long = column.str.len_bytes() > MOST_CHARACTERS
        if long.any():
            self._cut += int((column.str.len_chars() > MOST_CHARACTERS).sum())
            column = column.str.slice(0, MOST_CHARACTERS)
        odd = column.str.contains(_CONTROL)
        if not odd.any():
            return column
        cleaned = [_COLOURS.sub("", line).replace("\0", "") for line in column.filter(odd)]
        plain = pl.Series(cleaned, dtype=pl.String)
        self._odd += int(plain.str.contains(_CONTROL).sum())
        plain = plain.str.replace_all(_CONTROL, "\ufffd")
        return column.scatter(odd.arg_true(), plain)


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
