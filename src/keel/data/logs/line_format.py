"""The seam of line formats: what a line says when, how gravely and of whom."""

from typing import Protocol

import polars as pl

HEAD = ("time", "level", "component", "process", "host")
"""What a line may say of its message."""


class LineFormat(Protocol):
    """One way in which programs write log lines."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def times(self) -> tuple[str, ...]:
        """Forms of its times; empty where any of the known ones may occur."""
        ...

    def split(self, lines: pl.Series, fields: tuple[str, ...] = ()) -> pl.DataFrame:
        """Texts `message`, those of `HEAD` and `fields`, as written; null where the line has none.

        A line that is not of this format has a null message.
        """
        ...
