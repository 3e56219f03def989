"""The seam of data sources: names of columns, and chunks of rows that can be read again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

CHUNK_ROWS = 65_536


@dataclass(frozen=True)
class BadLine:
    """A line that is no row: its number in the source (from 1), what is wrong, and its text."""

    line: int
    reason: str
    text: str


OnBad = Callable[[BadLine], None]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some rows as they were found, and the line (from 1) in the source where each begins.

    frame: columns named as the source's `names`, in any order and possibly fewer; physical types
    as found, and they may differ from chunk to chunk. lines: [n].
    """

    frame: pl.DataFrame
    lines: NDArray[np.int64]


class Source(Protocol):
    """Rows from somewhere. Two passes over `chunks` give the same rows in the same order."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in order. May hold a name twice, which `check` refuses."""
        ...

    @property
    def named(self) -> bool:
        """Whether the names were found or given, rather than made up by position."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how it was read, one sentence each."""
        ...

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:
        """All rows from the first, a bounded number at a time; lines that are no rows go to
        `on_bad` before the chunk that follows them."""
        ...


def number_lines(start: int, count: int) -> NDArray[np.int64]:
    """`count` line numbers from `start` on."""
    return np.arange(start, start + count, dtype=np.int64)
