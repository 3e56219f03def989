"""What each item says of the others, as the model itself has it: for reasons and diversity."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.histories import NOTHING, Float32, Histories
from keel.data.interactions import Codes
from keel.train.recommend.top_items import top_items
from keel.train.recommender import FittedRecommender

LINKS = 50
"""How many items each item is linked to at most."""

_CELLS = 1 << 24
_TYPICAL = 1_000
"""Items whose mean is what any item says."""

_TELLING = 1e-3
"""Of the spread of scores: what rises by less is noise."""


@dataclass(frozen=True, eq=False)
class ItemLinks:
    """target: [items, L] int32, the items that each speaks for most, the strongest first, padded
    with `NOTHING`. weight: [items, L] float32, how strongly, 0 for padding."""

    target: NDArray[np.int32]
    weight: Float32

    def among(self, rows: Codes, items: Codes) -> Float32:
        """[r, n] how strongly each of `rows` speaks for each of `items`, 0 where not linked. Both
        are codes; `NOTHING` is linked to nothing."""
        # One place more, at the end, is where NOTHING looks.
        place = np.full(len(self.target) + 1, NOTHING, dtype=np.int64)
        place[items] = np.arange(len(items))
        place[NOTHING] = NOTHING
        rows = np.asarray(rows)
        column = np.where(rows[:, None] >= 0, place[self.target[rows]], NOTHING)
        row, at = np.nonzero(column >= 0)
        found = np.zeros((len(rows), len(items)), dtype=np.float32)
        found[row, column[row, at]] = self.weight[rows[row], at]
        return found


def item_links(
    model: FittedRecommender, used: Codes, items: int, *, value: float = 1.0, most: int = LINKS
) -> ItemLinks:
    """Links from the scores of histories of one item each: j speaks for i by how much more the
    score of i rises with j alone than with an item like any other.

    For a linear model that is what j adds to the score; for any other, its nearest likeness. used:
    codes of the items that were learned from; the others say nothing. value: of the one item.
    """
    most = min(most, max(1, items - 1))
    target = np.full((items, most), NOTHING, dtype=np.int32)
    weight = np.zeros((items, most), dtype=np.float32)
    used = np.sort(used)
    typical = used[np.linspace(0, len(used) - 1, min(_TYPICAL, len(used))).astype(np.int64)]
    rows = max(1, _CELLS // max(1, items))
    usual = np.zeros(items)
    for start in range(0, len(typical), rows):
        part = typical[start : start + rows]
        usual += model.scores(_alone(part, items, value)).sum(axis=0, dtype=np.float64)
    usual /= max(1, len(typical))
    least = _TELLING * float(usual.std())
    for start in range(0, len(used), rows):
        part = used[start : start + rows]
        rise = model.scores(_alone(part, items, value)) - usual.astype(np.float32)
        rise[np.arange(len(part)), part] = -np.inf
        found, strength = top_items(rise, None, most)
        rises = strength > least
        target[part] = np.where(rises, found, NOTHING)
        weight[part] = np.where(rises, strength, 0.0)
    return ItemLinks(target, weight)


def links_table(links: ItemLinks) -> pl.DataFrame:
    """One row for each link: item, target, weight; the strongest of an item first."""
    row, place = np.nonzero(links.target >= 0)
    return pl.DataFrame(
        {
            "item": row.astype(np.int32),
            "target": links.target[row, place].astype(np.int32),
            "weight": links.weight[row, place],
        }
    )


def read_links(table: pl.DataFrame, items: int) -> ItemLinks:
    """The links that `links_table` wrote, of so many items."""
    row = table["item"].to_numpy().astype(np.int64)
    sizes = np.bincount(row, minlength=items)
    place = np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
    width = max(1, int(sizes.max(initial=0)))
    target = np.full((items, width), NOTHING, dtype=np.int32)
    weight = np.zeros((items, width), dtype=np.float32)
    target[row, place] = table["target"].to_numpy()
    weight[row, place] = table["weight"].to_numpy()
    return ItemLinks(target, weight)


def _alone(item: Codes, items: int, value: float) -> Histories:
    """A history for each of these items."""
    values = np.full(len(item), value, dtype=np.float32)
    return Histories(np.arange(len(item) + 1), item, values, items)
