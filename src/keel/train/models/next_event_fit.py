"""Fits networks that foretell the next event of a sequence."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Choice, Facts, Fit, Parameters, Range, Space
from keel.train.models.deep import lacks_torch, learn, torch_fitting
from keel.train.models.event_counts import no_sequence, sequences_of
from keel.train.models.next_event import BACK, Histories, Network, NextEventModel, histories
from keel.train.models.picks import Picks
from keel.train.models.transitions import find_states

Integers = NDArray[np.int64]

HELD_OUT = 10
"""Every so manieth sequence stops the fit and is not learned from."""

BATCH = 128
LEARNING_RATE = 3e-3

MOST_STEPS = 8_000
"""Steps of one epoch, drawn anew for each: what bounds how long a fit may take."""

BLANKED = 0.01
"""The share of events looked back at that are shown as never seen, so that one such event does not
make everything after it surprising."""


class Learner(Protocol):
    """A network while it is fitted."""

    def parameters(self) -> Iterator[Any]:
        """All that is learned."""
        ...

    def logits(self, before: Any) -> Any:
        """[b, count] from [b, BACK] states."""
        ...

    def network(self) -> Network:
        """As plain arrays."""
        ...


def skip_next_event(facts: Facts) -> str | None:
    """Without sequences or PyTorch."""
    return no_sequence(facts) or lacks_torch()


def next_event_space() -> Space:
    """How steps are joined, and how wide the network is."""
    return {
        "score": Choice(("largest", "misses", "mean")),
        "candidates": Choice((9, 3)),
        "hidden": Choice((64, 32)),
        "epochs": Range(3, 50, 20, whole=True),
    }


def fit_next_event(fit: Fit, start: Callable[[int, int], Learner]) -> NextEventModel:
    """Learn what comes next. start: a network of so many states and so wide.

    The network with the least loss on the sequences held out is kept, see `learn`.
    """
    picks = Picks(next_event_space(), fit.parameters)
    sequences = sequences_of(fit.matrix)
    states = find_states(sequences, 1)
    steps = histories(states, sequences)
    with torch_fitting(fit.seed, fit.threads):
        learner = start(states.count, picks.whole("hidden"))
        random = np.random.default_rng(fit.seed)
        kept = _learn(learner, steps, states.count - 1, picks.whole("epochs"), random)
        network = learner.network()
    parameters: Parameters = {
        **{name: picks.value(name) for name in next_event_space()},
        "back": BACK,
        "states": states.count,
        "kept_epochs": kept,
    }
    how, candidates = picks.word("score"), picks.whole("candidates")
    return NextEventModel("anomaly", parameters, states, network, how, candidates)


def _learn(
    learner: Learner, steps: Histories, unseen: int, epochs: int, random: np.random.Generator
) -> int:
    """Fit in place; how many epochs were kept."""
    import torch

    held = steps.sequence % HELD_OUT == HELD_OUT - 1
    fitting, stopping = np.flatnonzero(~held), np.flatnonzero(held)
    if not len(fitting):
        return 0
    stopping = _drawn(stopping if len(stopping) else fitting, random)

    def losses() -> Iterator[Any]:
        drawn = _drawn(fitting, random)
        for rows in np.split(drawn, range(BATCH, len(drawn), BATCH)):
            before = steps.before[rows]
            before[random.random(before.shape) < BLANKED] = unseen
            yield _loss(learner, before, steps.event[rows])

    def of_held() -> float:
        return float(_loss(learner, steps.before[stopping], steps.event[stopping]))

    optimizer = torch.optim.Adam(learner.parameters(), lr=LEARNING_RATE)
    return learn(optimizer, losses, epochs, of_held)


def _drawn(rows: Integers, random: np.random.Generator) -> Integers:
    return random.permutation(rows)[:MOST_STEPS]


def _loss(learner: Learner, before: Integers, event: Integers) -> Any:
    import torch

    logits = learner.logits(torch.from_numpy(np.ascontiguousarray(before)))
    return torch.nn.functional.cross_entropy(logits, torch.from_numpy(event))
