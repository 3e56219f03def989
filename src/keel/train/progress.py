"""How long work tells what it is doing, without knowing who listens."""

from collections.abc import Callable

Tell = Callable[[str], None]
"""Called with one line each time something worth showing was finished."""


def silent(_line: str) -> None:
    """Nobody listens."""
