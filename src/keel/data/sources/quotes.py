"""Looks at every double quote of a file, to know which reader can be trusted with it."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Quoting = Literal["none", "regular", "irregular"]

_QUOTE, _NEWLINE = ord('"'), ord("\n")
_BESIDE = np.zeros(256, dtype=np.bool_)
_BESIDE[list(b',;\t|\r\n"')] = True


class QuoteScan:
    """Follows the quotes of a file block by block.

    They are regular if every first one of a pair stands at the start of a field and every second
    one at its end (a doubled quote is both). A quote that is never closed breaks that. In a file
    of irregular quotes the fast reader could join two rows into one without telling.
    """

    def __init__(self) -> None:
        self._count = 0
        self._last = _NEWLINE
        self._broken = False
        self.several_lines = False

    def add(self, block: bytes) -> None:
        """The next bytes, without a byte order mark."""
        if self._broken or not block:
            return
        if b'"' not in block and self._last != _QUOTE:
            inside = self._count % 2 == 1
            self.several_lines = self.several_lines or (inside and b"\n" in block)
            self._last = block[-1]
            return
        data = np.frombuffer(block, dtype=np.uint8)
        where = np.flatnonzero(data == _QUOTE)
        is_first = (self._count + np.arange(len(where))) % 2 == 0
        before = np.where(where > 0, data[where - 1], self._last)
        after = data[np.minimum(where + 1, len(data) - 1)]
        fine = np.where(is_first, _BESIDE[before], _BESIDE[after] | (where == len(data) - 1))
        closed_before = self._last == _QUOTE and self._count % 2 == 0
        self._broken = not fine.all() or (closed_before and not _BESIDE[data[0]])
        self._look_at_lines(data, where)
        self._count += len(where)
        self._last = block[-1]

    def finish(self) -> Quoting:
        """What the whole file is."""
        if self._broken or self._count % 2:
            return "irregular"
        return "regular" if self._count else "none"

    def _look_at_lines(self, data: NDArray[np.uint8], where: NDArray[np.intp]) -> None:
        if not self.several_lines:
            ends = np.flatnonzero(data == _NEWLINE)
            inside = (self._count + np.searchsorted(where, ends)) % 2 == 1
            self.several_lines = bool(inside.any())
