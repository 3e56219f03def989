"""What users did, one history each, in order of time: what a recommender answers to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.data.interactions import Codes, Interactions
from keel.data.split import Rows

Float32 = NDArray[np.float32]

NOTHING = -1
"""The item of a place in a padded history that holds none."""


@dataclass(frozen=True, eq=False)
class Histories:
    """n histories, the oldest item first; each item is at most once in one history.

    start: [n + 1] where each begins in `item` and `value`, [m] both. value: the rating, or how
    often the event happened. segment: [n] codes of what is known of the user beside the history,
    0 for nothing; None is 0 for all.
    """

    start: Codes
    item: Codes
    value: Float32
    items: int
    segment: Codes | None = None

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def lengths(self) -> Codes:
        """[n] how many items each holds."""
        return np.diff(self.start)

    @property
    def segments(self) -> Codes:
        """[n] codes."""
        return np.zeros(len(self), dtype=np.int64) if self.segment is None else self.segment

    @property
    def owner(self) -> Codes:
        """[m] the number of the history that each entry belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def age(self) -> Codes:
        """[m] how many later items the same history holds."""
        return np.repeat(self.start[1:], self.lengths) - 1 - np.arange(len(self.item))

    def matrix(self, weight: Float32 | None = None) -> sparse.csr_matrix:
        """[n, items] float32, `weight` ([m]; None: ones) where a history holds an item."""
        data = np.ones(len(self.item), dtype=np.float32) if weight is None else weight
        return sparse.csr_matrix((data, self.item, self.start), shape=(len(self), self.items))

    def take(self, rows: Rows) -> "Histories":
        """These histories, in this order."""
        lengths = self.lengths[rows]
        start = np.concatenate([[0], np.cumsum(lengths)])
        entries = np.repeat(self.start[rows] - start[:-1], lengths) + np.arange(start[-1])
        segment = None if self.segment is None else self.segment[rows]
        return Histories(start, self.item[entries], self.value[entries], self.items, segment)

    def padded(self, least: int = 1) -> tuple[Codes, Float32]:
        """[n, L] items and values, the oldest first, then `NOTHING` and 0. L is at least `least`,
        so that a graph always has something to look up."""
        width = max(least, int(self.lengths.max(initial=0)))
        items = np.full((len(self), width), NOTHING, dtype=np.int64)
        values = np.zeros((len(self), width), dtype=np.float32)
        place = np.arange(len(self.item)) - np.repeat(self.start[:-1], self.lengths)
        items[self.owner, place] = self.item
        values[self.owner, place] = self.value
        return items, values


def packed(items: Codes) -> Codes:
    """[n, m] the same items in the same order, with all padding at the end of each row."""
    order = np.argsort(items == NOTHING, axis=1, kind="stable")
    return np.take_along_axis(items, order, axis=1)


def histories_of(interactions: Interactions, segment: Codes | None = None) -> Histories:
    """One history for each user, empty where there is no event.

    Events at one time keep the order of their rows. An item that comes again takes the place of
    its last event, with that event's value, or with the number of its events where they have none.
    """
    user, item = interactions.user, interactions.item
    keys = (user,) if interactions.time is None else (interactions.time, user)
    order = np.lexsort(keys)
    pair = (user * interactions.items + item)[order]
    # Of equal pairs the last is kept: the first of the reversed order.
    _, reversed_last, count = np.unique(pair[::-1], return_index=True, return_counts=True)
    last = len(pair) - 1 - reversed_last
    kept = np.argsort(last, kind="stable")
    rows = order[last[kept]]
    value = count[kept] if interactions.value is None else interactions.value[rows]
    lengths = np.bincount(user[rows], minlength=interactions.users)
    return Histories(
        np.concatenate([[0], np.cumsum(lengths)]),
        item[rows],
        value.astype(np.float32),
        interactions.items,
        segment,
    )
