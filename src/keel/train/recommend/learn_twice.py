"""How long a network learns is found on users held out; then it learns from all of them."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from keel.data.histories import Histories
from keel.train.models.deep import torch_fitting
from keel.train.models.picks import Picks
from keel.train.recommender import Fit

MOST_ROUNDS = 100
HELD_SHARE = 0.1
MOST_HELD = 1_000

Network = TypeVar("Network")
Learn = Callable[[Histories, Histories | None, int], tuple[Network, int]]
"""A new network that learned from the first histories for so many rounds at most, stopping early
by what it makes of the second, and how many rounds were kept."""


def learn_twice(fit: Fit, picks: Picks, learn: Learn[Network]) -> tuple[Network, int]:
    """What was learned from all histories, and in how many rounds: those that were picked, or else
    those that do best for a tenth of the users, who are held out to find it."""
    rounds = picks.rounds
    if rounds is None:
        learned, held = hold_users(fit.histories, fit.seed)
        with torch_fitting(fit.seed, fit.threads):
            _, rounds = learn(learned, held if len(held) else None, MOST_ROUNDS)
    with torch_fitting(fit.seed, fit.threads):
        return learn(fit.histories, None, max(1, rounds))


def hold_users(histories: Histories, seed: int) -> tuple[Histories, Histories]:
    """Histories to learn from and to be judged by, drawn among those that hold two items."""
    random = np.random.default_rng(seed)
    order = random.permutation(np.flatnonzero(histories.lengths > 1))
    size = min(MOST_HELD, int(np.ceil(HELD_SHARE * len(order))))
    return histories.take(np.sort(order[size:])), histories.take(np.sort(order[:size]))
