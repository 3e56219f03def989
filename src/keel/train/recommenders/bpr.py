"""Factors learned from pairs: what was used should score above what was not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Choice, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.picks import Picks
from keel.train.recommend.pooled_model import PooledModel, pooling
from keel.train.recommend.weighting import read_weighting, weighting_space
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

Codes = NDArray[np.int64]

PAIRS = 8_192
"""How many pairs are learned from at once, about."""


class Bpr:
    """Raises the chance that a used item scores above one drawn from those that were not. A user
    is the sum of the learned vectors of their items over the root of how many they are (without
    the item in question while learning), so that a new user needs no learning.

    Source: Rendle, Freudenthaler, Gantner and Schmidt-Thieme 2009, BPR: Bayesian personalized
    ranking from implicit feedback, section 4; users as sums: Kabbur, Ning and Karypis 2013, FISM,
    doi:10.1145/2487575.2487589, section 4.2; steps: Duchi, Hazan and Singer 2011, AdaGrad.
    """

    name = "bpr"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:
        """Nothing to compare with."""
        return None if facts.items > 1 else "one item: there is no other to rank it above"

    def space(self, facts: Facts) -> Space:
        """Rounds grow dear, and few are needed."""
        return {
            "factors": Range(8, 128, 64, log=True, whole=True),
            "learning_rate": Range(0.01, 0.3, 0.1, log=True),
            "regularisation": Range(1e-7, 1e-3, 1e-5, log=True),
            "rounds": Range(5, 60, 20, log=True, whole=True),
            **weighting_space(facts),
            "by_value": Choice((False,)),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Draw pairs and step."""
        picks = Picks(self.space(fit.facts), fit.parameters)
        parameters = {
            "factors": picks.whole("factors"),
            "learning_rate": picks.number("learning_rate"),
            "regularisation": picks.number("regularisation"),
            "rounds": picks.whole("rounds"),
            "by_value": False,
            "half_life": picks.value("half_life"),
        }
        random = np.random.default_rng(fit.seed)
        tables = _Tables.drawn(fit.interactions.items, picks.whole("factors"), random)
        with fitting(1):
            for _ in range(picks.whole("rounds")):
                for users in _batches(fit.histories, random):
                    batch = _Batch.drawn(fit.histories.take(users), random)
                    tables.step(
                        batch, picks.number("learning_rate"), picks.number("regularisation")
                    )
        return PooledModel(
            parameters, read_weighting(picks), tables.inward, tables.outward, tables.bias
        )


@dataclass(frozen=True, eq=False)
class _Batch:
    """Pairs of some users. pooled: [b, items]. owner: [m] the user of each pair. used, other: [m]
    items. scale: [m] of an item in its user's sum, and what the sum without it is divided by."""

    pooled: sparse.csr_matrix
    owner: Codes
    used: Codes
    other: Codes
    scale: Float32

    @classmethod
    def drawn(cls, histories: Histories, random: np.random.Generator) -> "_Batch":
        """Every used item against one that was not; a draw that hits a used one is left out."""
        other = random.integers(0, histories.items, len(histories.item))
        owner = histories.owner
        key = owner * histories.items
        right = ~np.isin(key + other, key + histories.item) & (histories.lengths > 1)[owner]
        scale = pooling(histories.lengths.astype(np.float32) - 1)
        weight = scale[owner]
        return cls(
            histories.matrix(weight),
            owner[right],
            histories.item[right],
            other[right],
            weight[right],
        )


@dataclass(frozen=True, eq=False)
class _Tables:
    """What is learned, and the sums of its squared slopes. inward: [items, k] of items in a
    history. outward: [items, k] of items asked about. bias: [items]."""

    inward: Float32
    outward: Float32
    bias: Float32
    squares: tuple[Float32, Float32, Float32]

    @classmethod
    def drawn(cls, items: int, factors: int, random: np.random.Generator) -> "_Tables":
        """Small numbers."""
        inward, outward = (
            random.normal(0, 0.1 * factors**-0.5, (items, factors)).astype(np.float32)
            for _ in range(2)
        )
        bias = np.zeros(items, dtype=np.float32)
        squares = tuple(np.full_like(table, 1e-6) for table in (inward, outward, bias))
        return cls(inward, outward, bias, squares)  # type: ignore[arg-type]

    def step(self, batch: _Batch, rate: float, penalty: float) -> None:
        """One step down, in place."""
        items, pairs = len(self.bias), len(batch.owner)
        if not pairs:
            return
        own = batch.scale[:, None] * self.inward[batch.used]
        user = np.asarray(batch.pooled @ self.inward)[batch.owner] - own
        apart = self.outward[batch.used] - self.outward[batch.other]
        margin = np.einsum("mk,mk->m", user, apart)
        margin += self.bias[batch.used] - self.bias[batch.other]
        pull = 1.0 / (1.0 + np.exp(np.clip(margin, -30, 30)))
        used, other = (_places(code, pull, items) for code in (batch.used, batch.other))
        to_user = pull[:, None] * apart
        rows = _places(batch.owner, np.ones(pairs, dtype=np.float32), batch.pooled.shape[0])
        inward = (
            batch.pooled.T @ (rows @ to_user) - _places(batch.used, batch.scale, items) @ to_user
        )
        outward = (used - other) @ user
        bias = np.bincount(batch.used, pull, items) - np.bincount(batch.other, pull, items)
        slopes = (inward, outward, bias)
        tables = (self.inward, self.outward, self.bias)
        for table, slope, squares in zip(tables, slopes, self.squares, strict=True):
            uphill = np.asarray(slope, dtype=np.float32) - np.float32(penalty * pairs) * table
            squares += uphill**2
            table += np.float32(rate) * uphill / np.sqrt(squares)


def _places(code: Codes, weight: Float32, size: int) -> sparse.csr_matrix:
    """[size, m] with the weight of pair m in the row that it names."""
    pairs = np.arange(len(code))
    return sparse.csr_matrix((weight.astype(np.float32), (code, pairs)), shape=(size, len(code)))


def _batches(histories: Histories, random: np.random.Generator) -> list[Codes]:
    """All users in random order, about `PAIRS` items at a time."""
    order = random.permutation(len(histories))
    ends = np.cumsum(histories.lengths[order]) // PAIRS
    return [part for part in np.split(order, np.flatnonzero(np.diff(ends)) + 1) if len(part)]


RECOMMENDER = Bpr()
