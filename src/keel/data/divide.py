"""Divides examples into a test part and folds of the rest, so that nothing leaks across."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.divide_windows import divide_windows
from keel.data.examples import Examples
from keel.data.row_hash import hash_frame
from keel.data.split import Fold, Rows, Split
from keel.errors import DeclarationError, TableError
from keel.spec.duration import format_duration
from keel.spec.kinds import Kind
from keel.spec.system import System

AUTO_FOLDS = ((20_000, 5), (100_000, 3))
"""`folds: auto`: the number of folds below so many training rows, and one part above."""

VALIDATION_SHARE = 0.2
"""The share of the training rows that one validation part (`folds: 1`) takes."""

COPIES_SHARE = 0.5
"""Equal rows are taken for copies of one case only while at least this share is different; more
equal rows than that are cases which few coarse columns cannot tell apart."""

DROPPED_SHARE = 0.01
"""Test rows that equal a training row are dropped up to this share; above, they are left for the
leakage check to report."""

DRAWS = 16
FEW_UNITS = 1000

Codes = NDArray[np.int64]
By = Literal["time", "group", "random"]


@dataclass(frozen=True, eq=False)
class _Plan:
    """What both the test part and the folds are made by. unit: [n] the group of each row that
    must stay on one side, None for single rows; strata: [n] what a random part keeps in
    proportion; apart: no two units of a random split have equal features."""

    by: By
    strata: Codes
    seed: int
    gap: timedelta
    share: float
    time: NDArray[np.datetime64] | None = None
    unit: Codes | None = None
    apart: bool = False

    @property
    def has_strata(self) -> bool:
        """Whether there is more than one part to keep in proportion."""
        return bool(len(self.strata)) and bool((self.strata != self.strata[0]).any())


def divide(
    examples: Examples,
    system: System,
    task_strata: Codes,
    *,
    test_from: int | None = None,
) -> Split:
    """The test part, and folds of the rest that follow the same rule.

    By time: the last rows are the test part; rows whose label was not yet known when it begins
    are left out, and every fold validates on what comes after its fitting rows, with the same
    gap. By group: no group is on two sides. Random: stratified, and rows with equal features stay
    on one side. Test rows that equal a training row in features and label are dropped and counted
    while they are few. task_strata: [n] codes kept in proportion (see `Task.strata`). test_from:
    the first example of a given test table. A test part of a length of time: see `divide_windows`.

    Raises DeclarationError when the declared rule cannot apply, TableError when the rows are too
    few for it.
    """
    if isinstance(system.split.test, timedelta):
        if test_from is not None:
            told = "split.test: a given test table has its length already: leave `test` out"
            raise DeclarationError([told])
        return divide_windows(examples, system)
    plan = _plan(examples, system, task_strata, system.split.test)
    rows = np.arange(len(examples), dtype=np.int64)
    if test_from is None:
        train, test, story = _cut(rows, plan)
    else:
        train, test, story = rows[:test_from], rows[test_from:], "the given table is the test part"
        if plan.by == "time":
            train = train[~np.isnat(_times(plan)[train])]
    if not len(train) or not len(test):
        raise TableError(_too_few(plan, len(train), len(test)))
    sealed = test_from is None and plan.by == "random" and plan.apart
    kept = test if sealed else _without_copies(examples, train, test)
    count = _fold_count(system.split.folds, len(train))
    folds = _folds(train, plan, count)
    if not folds:
        raise TableError(_too_few(plan, len(train), len(test)))
    by = plan.by if test_from is None else "given"
    return Split(
        train,
        kept,
        folds,
        by,
        _protocol(story, plan, folds, len(test) - len(kept)),
        _clusters(plan),
        len(test) - len(kept),
    )


def _plan(examples: Examples, system: System, strata: Codes, share: float) -> _Plan:
    by = _by(examples, system)
    plan = _Plan(
        by,
        strata,
        system.train.seed,
        (system.label and system.label.known_after) or timedelta(0),
        share,
    )
    if by == "time":
        return replace(plan, time=examples.time)
    if by == "group":
        return replace(plan, unit=examples.group)
    return _keep_copies_together(examples, plan)


def _by(examples: Examples, system: System) -> By:
    declared = system.split.by
    if declared == "time" and examples.time is None:
        raise DeclarationError(
            ["split: by: time needs a time: declare `time: COLUMN` under data, or write by: random"]
        )
    if declared == "group" and examples.group is None:
        raise DeclarationError(
            ["split: by: group needs a group: declare `group: COLUMN` too, or write by: random"]
        )
    if declared in ("time", "group", "random"):
        return declared
    # A log without times has a column of them in which none is known.
    if examples.time is not None and not np.isnat(examples.time).all():
        return "time"
    return "random" if examples.group is None else "group"


def _keep_copies_together(examples: Examples, plan: _Plan) -> _Plan:
    """Rows with equal features as one unit, unless the rows are not told apart well enough for
    equal ones to be copies."""
    first = _first_equal(examples.frame)
    distinct = int((first == np.arange(len(first))).sum())
    if distinct == len(first):
        return replace(plan, apart=True)
    texts = any(c.kind in (Kind.TEXT, Kind.SEQUENCE) for c in examples.columns)
    if not texts and distinct < COPIES_SHARE * len(first):
        return plan
    return replace(plan, unit=first, apart=True)


def _first_equal(frame: pl.DataFrame) -> Codes:
    """[n] the number of the first row that equals each row."""
    hashes = hash_frame(frame)
    if pl.Series(hashes).n_unique() == len(hashes):  # quick, and so on most tables
        return np.arange(len(hashes), dtype=np.int64)
    _, first, codes = np.unique(hashes, return_index=True, return_inverse=True)
    return first[codes].astype(np.int64)


def _cut(rows: Rows, plan: _Plan) -> tuple[Rows, Rows, str]:
    """Training rows, test rows, and how they were told apart."""
    if plan.by != "time":
        chosen = _draw(rows, plan, plan.share)
        random = "at random, stratified" if plan.has_strata else "at random"
        what = {"group": "whole groups, at random", "random": random}[plan.by]
        what += (
            " with equal rows on one side" if plan.by == "random" and plan.unit is not None else ""
        )
        return (
            rows[~chosen],
            rows[chosen],
            f"{chosen.mean():.0%} of the rows, {what}, are the test part",
        )
    rows = _in_order(rows, plan)
    begin = _begin(rows, plan, len(rows) - round(len(rows) * plan.share))
    before = _known_before(rows, plan, begin)
    when = np.datetime_as_string(_times(plan)[rows[begin]], "D") if begin < len(rows) else "never"
    share = 1 - begin / max(len(rows), 1)
    story = f"the last {share:.0%} of the rows by time, from {when} on, are the test part"
    left_out = begin - len(before)
    if left_out:
        story += (
            f", {left_out:,} rows before it left out because their label was not known "
            f"{format_duration(plan.gap)} earlier"
        )
    return before, rows[begin:], story


def _draw(rows: Rows, plan: _Plan, share: float) -> NDArray[np.bool_]:
    """[n] a stratified share of the rows, whole units at a time.

    Of the units laid out in order, every 1/share-th is taken. Few units of unlike size can miss
    the share, so that several draws are made of them and the nearest is kept.
    """
    units = _units(rows, plan)
    best = np.zeros(len(rows), dtype=np.bool_)
    distance = np.inf
    for draw in range(DRAWS if len(units.first) < FEW_UNITS else 1):
        rank = _lay_out(units, plan.seed + draw)
        offset = np.random.default_rng([plan.seed, draw, 1]).random()
        taken = np.floor((rank + 1) * share + offset) > np.floor(rank * share + offset)
        chosen = taken[units.of_row]
        miss = abs(chosen.mean() - share) + (not chosen.any() or chosen.all())
        if miss < distance:
            best, distance = chosen, miss
    return best


@dataclass(frozen=True, eq=False)
class _Units:
    """What stays together: of_row: [n] the unit of each row; of each unit its first row, its
    size as a power of two, and its stratum (the largest of its rows, so that a rare positive
    counts)."""

    of_row: Codes
    first: Codes
    size: Codes
    stratum: Codes


def _units(rows: Rows, plan: _Plan) -> _Units:
    if plan.unit is None:
        alone = np.arange(len(rows), dtype=np.int64)
        return _Units(alone, alone, np.zeros(len(rows), dtype=np.int64), plan.strata[rows])
    _, first, of_row = np.unique(plan.unit[rows], return_index=True, return_inverse=True)
    size = np.floor(np.log2(np.bincount(of_row))).astype(np.int64)
    stratum = np.full(len(first), plan.strata[rows].min(), dtype=np.int64)
    np.maximum.at(stratum, of_row, plan.strata[rows])
    return _Units(of_row, first, size, stratum)


def _lay_out(units: _Units, seed: int) -> Codes:
    """The place of every unit in the order by stratum, size and chance.

    Chance goes to units in the order in which they first appear, not in that of their codes.
    """
    appearance = np.argsort(units.first, kind="stable")
    chance = np.empty(len(appearance))
    chance[appearance] = np.random.default_rng([seed, 0]).random(len(appearance))
    order = np.lexsort((chance, -units.size, units.stratum))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _folds(train: Rows, plan: _Plan, count: int) -> tuple[Fold, ...]:
    if plan.by == "time":
        folds = _forward_folds(_in_order(train, plan), plan, count)
    elif count == 1:
        chosen = _draw(train, plan, VALIDATION_SHARE)
        folds = [Fold(train[~chosen], train[chosen])]
    else:
        units = _units(train, plan)
        count = min(count, len(units.first))
        part = (_lay_out(units, plan.seed + DRAWS) % count)[units.of_row]
        folds = [Fold(train[part != i], train[part == i]) for i in range(count)]
    return tuple(fold for fold in folds if _is_useful(fold, plan))


def _forward_folds(rows: Rows, plan: _Plan, count: int) -> list[Fold]:
    """Validation parts one after the other, each fitted on what was known before it."""
    share = VALIDATION_SHARE if count == 1 else 1 / (count + 1)
    ends = [round(len(rows) * (1 - share * i)) for i in range(count, -1, -1)]
    begins = [_begin(rows, plan, end) for end in ends[:-1]] + [len(rows)]
    return [
        Fold(_known_before(rows, plan, begin), rows[begin:end])
        for begin, end in pairwise(begins)
        if begin < len(rows)
    ]


def _is_useful(fold: Fold, plan: _Plan) -> bool:
    """Both parts hold rows, and more than one stratum where there are several."""
    if not len(fold.fit) or not len(fold.validate):
        return False
    several = bool((plan.strata != plan.strata[0]).any())
    parts = (plan.strata[fold.fit], plan.strata[fold.validate])
    return not several or all(bool((part != part[0]).any()) for part in parts)


def _in_order(rows: Rows, plan: _Plan) -> Rows:
    """Rows by time; those without one cannot be placed and are left out."""
    time = _times(plan)[rows]
    order = np.argsort(time, kind="stable")
    return rows[order[: int((~np.isnat(time)).sum())]]


def _begin(rows: Rows, plan: _Plan, place: int) -> int:
    """The first place with the time of the row at `place`: equal times are never parted. At the
    very start the next later time, so that something comes before."""
    if not 0 <= place < len(rows):
        return min(max(place, 0), len(rows))
    time = _times(plan)[rows]
    begin = int(np.searchsorted(time, time[place], "left"))
    return begin or int(np.searchsorted(time, time[place], "right"))


def _known_before(rows: Rows, plan: _Plan, begin: int) -> Rows:
    """Rows whose label was known when the row at `begin` came."""
    if begin >= len(rows):
        return rows
    time = _times(plan)[rows]
    latest = time[begin] - np.timedelta64(plan.gap)
    side: Literal["left", "right"] = "right" if plan.gap else "left"
    return rows[: int(np.searchsorted(time, latest, side))]


def _times(plan: _Plan) -> NDArray[np.datetime64]:
    if plan.time is None:
        raise ValueError("a split by time has times")
    return plan.time


def _without_copies(examples: Examples, train: Rows, test: Rows) -> Rows:
    """Test rows that equal no training row; all of them if too many do."""
    label = pl.Series("label of the example", examples.label)
    first = _first_equal(examples.frame.with_columns(label))
    seen = np.zeros(len(examples), dtype=np.bool_)
    seen[first[train]] = True
    copied = seen[first[test]]
    if copied.mean() > DROPPED_SHARE:
        return test
    return test[~copied]


def _fold_count(declared: int | str, rows: int) -> int:
    if isinstance(declared, int):
        return declared
    return next((count for below, count in AUTO_FOLDS if rows < below), 1)


def _clusters(plan: _Plan) -> Codes | None:
    if plan.by == "group":
        return plan.unit
    if plan.by == "time":
        return _times(plan).astype("datetime64[D]").astype(np.int64)
    return None


def _protocol(story: str, plan: _Plan, folds: Sequence[Fold], dropped: int) -> str:
    kinds = {
        "time": "forward-chaining ",
        "group": "grouped ",
        "random": "stratified " if plan.has_strata else "",
    }
    made = (
        f"{len(folds)} {kinds[plan.by]}folds"
        if len(folds) > 1
        else f"one validation part of {len(folds[0].validate):,} rows"
    )
    gone = f", {dropped:,} test rows dropped as copies of training rows" if dropped else ""
    return f"{story}{gone}; {made} of the rest; seed {plan.seed}"


def _too_few(plan: _Plan, train: int, test: int) -> str:
    if plan.by == "time":
        return (
            f"the split by time leaves {train:,} training and {test:,} test rows (gap "
            f"{format_duration(plan.gap) if plan.gap else 'none'}): the times span too little; "
            "shorten `known_after`, change `split: test`, or write `split: {by: random}`"
        )
    if plan.by == "group":
        groups = len(np.unique(plan.unit)) if plan.unit is not None else 0
        return (
            f"the split by group leaves {train:,} training and {test:,} test rows from "
            f"{groups:,} groups: it needs at least two groups with each class; choose a column "
            "with more groups, or write `split: {by: random}`"
        )
    return (
        f"the split leaves {train:,} training and {test:,} test rows: too few to train on and to "
        "prove anything; give more rows, at least two of every class"
    )
