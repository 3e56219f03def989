"""What users did since a version was trained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class NewEvent:
    """A user used an item. value: None where only that it happened is said."""

    item: str
    value: float | None = None


Recent = Callable[[Sequence[str]], Mapping[str, Sequence[NewEvent]]]
"""New events of these users, the oldest first; users without any may be left out."""
