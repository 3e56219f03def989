"""Divides events into what is known and what comes after it, so that nothing leaks back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.data.interactions import Interactions
from keel.data.split import Fold, Rows, Split
from keel.errors import DeclarationError, TableError
from keel.spec.system import System

VALIDATION_SHARE = 0.2
"""The share of the training events that one validation part by time takes."""

Cut = Callable[[Rows], tuple[Rows, Rows]]


@dataclass(frozen=True, eq=False)
class _Plan:
    interactions: Interactions
    by: str
    share: float
    seed: int


def divide_events(
    interactions: Interactions, system: System, *, test_from: int | None = None
) -> Split:
    """Rows of the events to learn from, and those that an answer is held against.

    By time: what happened last, of all users. Last: the last event of each user with two or more.
    Random: a share of each user's events. Folds cut the training rows by the same rule, unless
    there are several at random: then every event is held out by one of them. A user is asked about
    in a part if they have an event in it; what they did before, in the fitting rows, is their
    history. test_from: the first event of a given test table.

    Raises DeclarationError where the declared rule cannot apply, TableError where nothing is left
    to learn from or to prove anything by.
    """
    plan = _plan(interactions, system)
    rows = np.arange(len(interactions), dtype=np.int64)
    if test_from is None:
        train, test = _cut(plan, rows, plan.share, 0)
        story = _story(plan, test)
    else:
        train, test = rows[:test_from], rows[test_from:]
        story = "the given table is the test part"
    folds = tuple(_folds(plan, train, system.split.folds))
    if not len(train) or not len(test) or not folds:
        raise TableError(
            f"{story}: that leaves {len(train):,} events to learn from, {len(test):,} to prove "
            f"anything by and {len(folds)} validation parts; give more events, or write "
            "`split: {by: random}`"
        )
    held = sum(len(fold.validate) for fold in folds)
    made = f"{len(folds)} validation parts" if len(folds) > 1 else "one validation part"
    protocol = (
        f"{story}; the whole catalogue is ranked, without what the user had already; {made} of "
        f"{held:,} events of the rest, cut alike; seed {plan.seed}"
    )
    by = plan.by if test_from is None else "given"
    return Split(train, test, folds, by, protocol)


def _plan(interactions: Interactions, system: System) -> _Plan:
    by = system.split.by
    timed = interactions.time is not None
    if by == "auto":
        by = "time" if timed else "random"
    if by in ("time", "last") and not timed:
        table = next(iter(system.data))
        told = f"split.by: `{by}` needs the time of the events: name its column, "
        raise DeclarationError(
            [f"{told}`data: {{{table}: {{time: COLUMN}}}}`, or write `by: random`"]
        )
    share = system.split.test
    if not isinstance(share, float):
        raise DeclarationError(
            ["split.test: events of users are divided by a share, `test: 0.2`, not by a length"]
        )
    return _Plan(interactions, by, share, system.train.seed)


def _cut(plan: _Plan, rows: Rows, share: float, draw: int) -> tuple[Rows, Rows]:
    """What is known, and what comes after."""
    if plan.by == "time":
        return _by_time(plan, rows, share)
    if plan.by == "last":
        later = _places_from_end(plan, rows) == 0
        later &= plan.interactions.take(rows).user_counts()[plan.interactions.user[rows]] > 1
        return rows[~later], rows[later]
    later = _at_random(plan, rows, share, draw)
    return rows[~later], rows[later]


def _by_time(plan: _Plan, rows: Rows, share: float) -> tuple[Rows, Rows]:
    """Equal times are never parted; at the very start the next later time begins, so that
    something comes before."""
    time = _times(plan)[rows]
    ordered = np.sort(time)
    begin = ordered[min(round(len(rows) * (1 - share)), len(rows) - 1)]
    if begin == ordered[0]:
        begin = ordered[min(np.searchsorted(ordered, begin, "right"), len(rows) - 1)]
    return rows[time < begin], rows[time >= begin]


def _places_from_end(plan: _Plan, rows: Rows) -> NDArray[np.int64]:
    """[rows] how many later events the same user has; of equal times the later row is the later."""
    user = plan.interactions.user[rows]
    order = np.lexsort((rows, _times(plan)[rows], user))
    ends = np.cumsum(np.bincount(user))
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = ends[user[order]] - 1 - np.arange(len(rows))
    return place


def _at_random(plan: _Plan, rows: Rows, share: float, draw: int) -> NDArray[np.bool_]:
    """[rows] whether an event is among the share of its user's that is drawn."""
    user = plan.interactions.user[rows]
    chance = np.random.default_rng([plan.seed, draw]).random(len(rows))
    order = np.lexsort((chance, user))
    sizes = np.bincount(user)
    starts = np.cumsum(sizes) - sizes
    later = np.zeros(len(rows), dtype=np.bool_)
    place = np.arange(len(rows)) - starts[user[order]]
    later[order] = place < np.floor(sizes[user[order]] * share + 0.5)
    return later


def _folds(plan: _Plan, train: Rows, asked: int | str) -> Iterator[Fold]:
    count = asked if isinstance(asked, int) else 1
    if plan.by == "random" and count > 1:
        yield from _random_folds(plan, train, count)
        return
    # Each part lies before the next: what it fits on ends where the one before it began.
    parts = []
    known = train
    for number in range(count):
        if len(known) < 2:
            break
        share = plan.share if plan.by == "random" else VALIDATION_SHARE / count
        fit, later = _cut(plan, known, share, number + 1)
        if len(fit) and len(later):
            parts.append(Fold(fit, later))
        known = fit
    yield from reversed(parts)


def _random_folds(plan: _Plan, train: Rows, count: int) -> Iterator[Fold]:
    part = np.random.default_rng([plan.seed, 1]).permutation(len(train)) % count
    for number in range(count):
        yield Fold(train[part != number], train[part == number])


def _story(plan: _Plan, test: Rows) -> str:
    users = len(np.unique(plan.interactions.user[test]))
    of = f"{len(test):,} events of {users:,} users"
    if plan.by == "time" and len(test):
        begin = np.datetime_as_string(_times(plan)[test].min(), unit="s").replace("T", " ")
        return f"test part: the {of} from {begin} on"
    if plan.by == "last":
        return f"test part: the last event of each of {users:,} users"
    return f"test part: {of}, {plan.share:.0%} of each one's at random"


def _times(plan: _Plan) -> NDArray[np.datetime64]:
    if plan.interactions.time is None:
        raise ValueError("a split by time has times")
    return plan.interactions.time
