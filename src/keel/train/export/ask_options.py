"""What can be asked of a list of items."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

Wanted = str | int | float | bool | list[str | int | float | bool]


@dataclass(frozen=True)
class AskOptions:
    """k: how many items. exclude_seen: leave out what the user had. filter: values that items must
    have, by column. diversity: from 0, the best items, to 1, the most different ones."""

    k: int = 10
    exclude_seen: bool = True
    filter: Mapping[str, Wanted] = field(default_factory=dict)
    diversity: float = 0.0


USUAL = AskOptions()
OF_LISTS = tuple(option.name for option in fields(AskOptions))
