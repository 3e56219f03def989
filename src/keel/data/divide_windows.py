"""Divides examples into parts of equal length, each asked of what was learned in a window before.

This is how a model that is fitted again every week is judged: prequentially.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from keel.data.examples import Examples
from keel.data.split import Fold, Rows, Split
from keel.errors import DeclarationError, TableError
from keel.spec.duration import format_duration
from keel.spec.system import System

AUTO_FOLDS = 4


@dataclass(frozen=True, eq=False)
class _Plan:
    """time: [n], NaT where unknown. end: of the last part. part, gap, window: lengths; without a
    window all that was known is learned from. leaves_out: groups with a known positive."""

    examples: Examples
    time: NDArray[np.datetime64]
    end: np.datetime64
    part: np.timedelta64
    gap: np.timedelta64
    window: np.timedelta64 | None
    leaves_out: bool


def divide_windows(examples: Examples, system: System) -> Split:
    """The last `split.test` of the time as the test part, learned from `split.train` before it.

    Rows whose label was not yet known when a part begins (`label.known_after`) are not learned
    from. Folds are parts of the same length, one after the other, before the last label that was
    known when the test part begins. Parts of whole days begin at midnight (UTC).

    Raises DeclarationError when the declared rule cannot apply, TableError when the rows are too
    few for it. Source: Dawid 1984, Statistical theory: the prequential approach,
    doi:10.2307/2981683.
    """
    plan = _plan(examples, system)
    begin = plan.end - plan.part
    known = begin - plan.gap
    count = AUTO_FOLDS if system.split.folds == "auto" else system.split.folds
    folds = tuple(_folds(plan, known, count))
    latest, test = _fit_before(plan, begin), _asked(plan, begin)
    if not len(latest) or not len(test) or not folds:
        raise TableError(_too_few(plan, len(latest), len(test), len(folds)))
    first = np.concatenate([latest, *(fold.fit for fold in folds)])
    train = _between(plan, plan.time[first].min(), known)
    return Split(
        train,
        test,
        folds,
        "time",
        _protocol(plan, begin, len(folds), system),
        plan.time.astype("datetime64[D]").astype(np.int64),
        latest=latest,
    )


def _plan(examples: Examples, system: System) -> _Plan:
    split = system.split
    if examples.time is None or np.isnat(examples.time).all():
        raise DeclarationError(
            ["split: a part of a length of time needs a time: declare `time: COLUMN` under data"]
        )
    if split.leave_out_known and len(examples.classes) != 2:
        classes = len(examples.classes) or "no"
        told = f"split.leave_out_known: a positive is one of two classes, not of {classes} classes"
        raise DeclarationError([told])
    gap = (system.label and system.label.known_after) or timedelta(0)
    part = split.test if isinstance(split.test, timedelta) else timedelta(0)
    last = np.nanmax(examples.time)
    whole = part % timedelta(days=1) == timedelta(0)
    end = last.astype("datetime64[D]") + 1 if whole else last + np.timedelta64(1, "us")
    return _Plan(
        examples,
        examples.time,
        end.astype("datetime64[us]"),
        np.timedelta64(part),
        np.timedelta64(gap),
        None if split.train is None else np.timedelta64(split.train),
        split.leave_out_known,
    )


def _folds(plan: _Plan, end: np.datetime64, count: int) -> Iterator[Fold]:
    """The earliest first; without those that hold nothing or only one class."""
    for back in range(count, 0, -1):
        begin = end - back * plan.part
        fold = Fold(_fit_before(plan, begin), _asked(plan, begin))
        if all(len(rows) and _differs(plan, rows) for rows in (fold.fit, fold.validate)):
            yield fold


def _differs(plan: _Plan, rows: Rows) -> bool:
    label = plan.examples.label
    return not plan.examples.classes or bool((label[rows] != label[rows[0]]).any())


def _fit_before(plan: _Plan, begin: np.datetime64) -> Rows:
    """Rows of the window whose label was known when a part begins."""
    known = begin - plan.gap
    return _between(plan, None if plan.window is None else known - plan.window, known)


def _asked(plan: _Plan, begin: np.datetime64) -> Rows:
    rows = _between(plan, begin, begin + plan.part)
    return rows[~_is_known(plan, rows, begin)] if plan.leaves_out else rows


def _is_known(plan: _Plan, rows: Rows, begin: np.datetime64) -> NDArray[np.bool_]:
    """[rows] whether a positive of the row's group, of the window learned from or since, was known
    when the row's day began."""
    group = plan.examples.group
    if group is None:
        raise ValueError("groups are declared with `leave_out_known`")
    fitted = _fit_before(plan, begin)
    since = plan.time[fitted].min() if len(fitted) else begin
    found = np.flatnonzero((plan.examples.label == 1) & (plan.time >= since))
    earliest = np.full(int(group.max()) + 1, np.iinfo(np.int64).max)
    when = (plan.time[found] + plan.gap).astype(np.int64)
    np.minimum.at(earliest, group[found], when)
    day = plan.time[rows].astype("datetime64[D]").astype("datetime64[us]").astype(np.int64)
    is_known: NDArray[np.bool_] = earliest[group[rows]] < day
    return is_known


def _between(plan: _Plan, begin: np.datetime64 | None, end: np.datetime64) -> Rows:
    """Rows from `begin` on and before `end`, by time."""
    inside = plan.time < end
    if begin is not None:
        inside &= plan.time >= begin
    rows = np.flatnonzero(inside)
    return rows[np.argsort(plan.time[rows], kind="stable")]


def _protocol(plan: _Plan, begin: np.datetime64, folds: int, system: System) -> str:
    split = system.split
    length = _written(plan.part)
    window = "all that was known" if split.train is None else format_duration(split.train)
    gap = f" whose labels were known {_written(plan.gap)} later" if plan.gap else ""
    left_out = f", without each {split.group} known by then" if plan.leaves_out else ""
    when = np.datetime_as_string(begin, "D")
    return (
        f"the last {length} by time, from {when} on{left_out}, are the test part, learned from "
        f"{window} before it{gap}; {folds} validation parts alike, one after the other, before it; "
        f"seed {system.train.seed}"
    )


def _too_few(plan: _Plan, latest: int, test: int, folds: int) -> str:
    length = _written(plan.part)
    return (
        f"parts of {length} leave {latest:,} rows to learn from, {test:,} to test on and {folds} "
        "validation parts with rows of more than one class; give a longer table, fewer folds, or "
        "shorter parts"
    )


def _written(length: np.timedelta64) -> str:
    return format_duration(
        timedelta(microseconds=int(length.astype("timedelta64[us]").astype(int)))
    )
