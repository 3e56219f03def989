"""A sample of users with some of what they did hidden, to see how a model ranks it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from keel.data.histories import Float32, Histories
from keel.data.interactions import Codes
from keel.diagnose.situation import Scorer

MOST_USERS = 300
MOST_CELLS = 6_000_000
FEWEST = 5
HIDDEN = 0.3
TOP = 20

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Probe:
    """users: [n] codes. shown: n histories that are asked with. hidden: n that are kept back."""

    users: Codes
    shown: Histories
    hidden: Histories

    def __len__(self) -> int:
        return len(self.users)

    def ask(self, scores: Scorer, shown: Histories | None = None) -> Float32:
        """[n, items], minus infinity for what was shown. shown: asked with in place of it."""
        given = np.array(scores(self.shown if shown is None else shown), dtype=np.float32)
        given[self.shown.owner, self.shown.item] = -np.inf
        given[np.isnan(given)] = -np.inf
        return given

    def skill(self, given: Float32) -> Float64:
        """[n] the chance that a hidden item is scored above one that the user never used."""
        rank = rankdata(given, axis=1)
        hidden = self.hidden.lengths.astype(np.float64)
        above = np.bincount(
            self.hidden.owner, rank[self.hidden.owner, self.hidden.item], minlength=len(self)
        )
        left_out = self.shown.lengths.astype(np.float64)
        others = given.shape[1] - left_out - hidden
        # Ranks of what is left out are the lowest.
        wins = above - hidden * left_out - hidden * (hidden + 1) / 2
        return np.asarray(wins / np.maximum(hidden * others, 1.0))

    def agreement(self, one: Float32, other: Float32) -> Float64:
        """[n] the share of the `TOP` best that two answers share."""
        first, second = (_mark_top(given, self.top) for given in (one, other))
        return np.asarray((first & second).sum(axis=1) / self.top)

    @cached_property
    def top(self) -> int:
        """How many are looked at: fewer in a small catalogue."""
        return max(1, min(TOP, self.shown.items // 10))


def draw_probe(histories: Histories, seed: int) -> Probe:
    """At most `MOST_USERS` users with a history, three tenths of each hidden at random."""
    random = np.random.default_rng([seed, 11])
    many = np.flatnonzero(histories.lengths >= FEWEST)
    most = max(20, min(MOST_USERS, MOST_CELLS // max(1, histories.items)))
    users = np.sort(random.permutation(many)[:most])
    drawn = histories.take(users)
    order = random.random(len(drawn.item))
    place = np.lexsort((order, drawn.owner))
    nth = np.empty(len(place), dtype=np.int64)
    nth[place] = np.arange(len(place)) - drawn.start[drawn.owner[place]]
    away = nth < np.maximum(1, (HIDDEN * drawn.lengths).astype(np.int64))[drawn.owner]
    return Probe(users, _part(drawn, ~away), _part(drawn, away))


def _part(histories: Histories, kept: NDArray[np.bool_]) -> Histories:
    lengths = np.bincount(histories.owner[kept], minlength=len(histories))
    start = np.concatenate([[0], np.cumsum(lengths)])
    return Histories(
        start, histories.item[kept], histories.value[kept], histories.items, histories.segment
    )


def _mark_top(given: Float32, most: int) -> NDArray[np.bool_]:
    """[n, items] which are among the best; of equal scores the lower code."""
    order = np.argsort(-given, axis=1, kind="stable")[:, :most]
    marked = np.zeros(given.shape, dtype=np.bool_)
    np.put_along_axis(marked, order, True, axis=1)
    return marked
