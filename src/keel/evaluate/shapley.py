"""What each player adds to what all of them reach: Shapley values, exactly or by sampled orders."""

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Masks = NDArray[np.bool_]

Value = Callable[[Masks, Integers], Floats]
"""From [m, players], who plays, and [m], the number of the background that stands in for those who
do not, to [m, outputs]."""

LEAST_BACKGROUND = 10
LEAST_PAIRS = 2
"""Pairs of orders for each background: one alone would say nothing of its error."""


@dataclass(frozen=True, eq=False)
class Shapley:
    """moved: [players, outputs], which add up to `score` less `base`, both [outputs]. error: their
    standard errors, which are of the orders that were drawn: zero where all were counted.

    background: how many backgrounds the base is the mean of. evaluated: how many values were asked.
    """

    base: Floats
    score: Floats
    moved: Floats
    error: Floats
    background: int
    evaluated: int
    exact: bool


def shapley(value: Value, players: int, background: int, *, budget: int, seed: int) -> Shapley:
    """The Shapley values of the game in which a coalition is worth the mean of `value` over the
    backgrounds.

    All coalitions are counted where `budget` values are enough for it. Else orders are drawn, in
    pairs of one and its reverse, the same number for each background: then the values still add up,
    and those of a function that is a sum of functions of one player each are exact. Where `budget`
    is not enough for two pairs, fewer backgrounds are taken, but 10 whatever it costs.

    Source: Shapley (1953), A value for n-person games; Štrumbelj and Kononenko (2014), Explaining
    prediction models and individual predictions with feature contributions, algorithm 1; Mitchell,
    Cooper, Frank, Holmes (2022), Sampling permutations for Shapley value estimation, section 3.2
    (antithetic pairs).
    """
    if players < 1 or background < 1:
        raise ValueError(f"{players} players and {background} backgrounds: at least one of each")
    if background << min(players, 63) <= max(budget, 2 * background):
        return _counted(value, players, background)
    enough = budget // (2 * LEAST_PAIRS * players)
    background = min(background, max(enough, LEAST_BACKGROUND))
    pairs = max(LEAST_PAIRS, budget // (2 * players * background))
    return _sampled(value, players, background, pairs, np.random.default_rng(seed))


def _counted(value: Value, players: int, background: int) -> Shapley:
    count = 1 << players
    codes = np.arange(count)
    masks = (codes[:, None] >> np.arange(players) & 1).astype(np.bool_)
    asked = np.tile(np.arange(background), count)
    values = value(np.repeat(masks, background, axis=0), asked)
    worth = values.reshape(count, background, -1).mean(axis=1)
    sizes = masks.sum(axis=1)
    weights = np.array(
        [factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)]
    )
    moved = np.empty((players, worth.shape[1]))
    for player in range(players):
        without = codes[~masks[:, player]]
        gained = worth[without | 1 << player] - worth[without]
        moved[player] = weights[sizes[without]] @ gained
    none = np.zeros_like(moved)
    return Shapley(worth[0], worth[-1], moved, none, background, len(values), exact=True)


def _sampled(
    value: Value, players: int, background: int, pairs: int, random: np.random.Generator
) -> Shapley:
    """`pairs` pairs of orders for each background. A walk along an order lets one player after the
    other in; its first value and its last are common to all walks of a background."""
    drawn = np.argsort(random.random((background, pairs, players)), axis=2)
    places = np.stack([drawn, players - 1 - drawn], axis=2).reshape(-1, players)
    steps = np.arange(1, players)
    masks = (places[:, None, :] < steps[None, :, None]).reshape(-1, players)
    each = np.repeat(np.arange(background), 2 * pairs * (players - 1))
    ends = np.zeros((background + 1, players), dtype=np.bool_)
    ends[-1] = True
    values = value(np.concatenate([ends, masks]), np.concatenate([[*range(background), 0], each]))
    first, score = values[:background], values[background]
    walks = len(places)
    worth = np.empty((walks, players + 1, values.shape[1]))
    worth[:, 0] = np.repeat(first, 2 * pairs, axis=0)
    worth[:, 1:-1] = values[background + 1 :].reshape(walks, players - 1, -1)
    worth[:, -1] = score
    gained = np.take_along_axis(np.diff(worth, axis=1), places[:, :, None], axis=1)
    of_pairs = gained.reshape(background, pairs, 2, players, -1).mean(axis=2)
    spread = of_pairs.var(axis=1, ddof=1).mean(axis=0)
    error = np.sqrt(spread / (pairs * background))
    moved = of_pairs.mean(axis=(0, 1))
    return Shapley(first.mean(axis=0), score, moved, error, background, len(values), exact=False)
