"""Events of users with items, as codes: what recommenders learn from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.data.split import Rows

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Interactions:
    """n events. user: [n] codes below `users`. item: [n] codes below `items`. time: [n]
    datetime64[us] without NaT, or None. value: [n] finite ratings or strengths, or None where an
    event says only that it happened. The catalogue may hold items that no event names."""

    user: Codes
    item: Codes
    users: int
    items: int
    time: NDArray[np.datetime64] | None = None
    value: Floats | None = None

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: Rows | NDArray[np.bool_]) -> "Interactions":
        """The events at these row numbers, or where the mask is true; the same users and items."""
        return Interactions(
            self.user[rows],
            self.item[rows],
            self.users,
            self.items,
            None if self.time is None else self.time[rows],
            None if self.value is None else self.value[rows],
        )

    def item_counts(self) -> Codes:
        """[items] how many events each item has."""
        return np.bincount(self.item, minlength=self.items)

    def user_counts(self) -> Codes:
        """[users] how many events each user has."""
        return np.bincount(self.user, minlength=self.users)
