"""Every declared table, read and checked: the events of users with items beside what is known."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from keel.clock import Clock, system_clock
from keel.data.check import Checked, check
from keel.data.intake import Progress
from keel.errors import TableError
from keel.settings import Settings
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.spec.system import ColumnExpectation, SplitSpec, System, TrainSpec

MOST_KEYS = 20_000_000
"""That are looked at for some that are there twice, 8 bytes each."""


def check_system(
    system: System,
    base: Path,
    settings: Settings,
    *,
    frame: object | None = None,
    test_frame: object | None = None,
    clock: Clock = system_clock,
    progress: Progress | None = None,
) -> Checked:
    """Read every table that `system` declares; the others are `beside` the first.

    Rows of which features are taken must have a time and a key.

    An expectation of another table than the first is written `movies.year`. frame, test_frame:
    in place of the first table and its test table. Raises what `check` raises.
    """
    first, *others = system.data
    tables = [
        check(
            _alone(system, name),
            base,
            settings,
            frame=frame if name == first else None,
            test_frame=test_frame if name == first else None,
            clock=clock,
            progress=progress,
        )
        for name in (first, *others)
    ]
    _refuse_unknown_private(system, tables)
    tables = [
        replace(checked, notes=(*checked.notes, *_told_again(system, name, checked)))
        for name, checked in zip((first, *others), tables, strict=True)
    ]
    return replace(tables[0], beside=dict(zip(others, tables[1:], strict=True)))


def _refuse_unknown_private(system: System, tables: Sequence[Checked]) -> None:
    """A misspelt column would be written as it is."""
    known = [column.name for checked in tables for column in checked.table.columns]
    problems = [
        f"private: no table has a column {name!r}: {did_you_mean(name, known)}"
        for name in system.private
        if name not in known
    ]
    if problems:
        raise TableError("\n".join(problems))


def _told_again(system: System, name: str, checked: Checked) -> list[str]:
    """How many rows say an event again, where nobody says that rows may."""
    spec = system.data[name]
    said = {*system.entities.values(), *spec.entities.values()}
    if not system.entities or spec.key is None or spec.arrived is not None or spec.key in said:
        return []
    rows = min(checked.table.rows, MOST_KEYS)
    hashes = np.empty(rows, dtype=np.uint64)
    begin = 0
    for some in checked.table.slices():
        found = some[spec.key].head(rows - begin).hash().to_numpy()
        hashes[begin : begin + len(found)] = found
        begin += len(found)
        if begin == rows:
            break
    hashes.sort()
    again = int(np.count_nonzero(hashes[1:] == hashes[:-1]))
    if not again:
        return []
    told = "1 row says" if again == 1 else f"{again:,} rows say"
    of = "all" if rows == checked.table.rows else f"the first {rows:,}"
    share = f"{told} an event again ({again / rows:.2g} of {of})"
    return [f"{spec.key} is not unique: {share}; only the last row of each counts: is it the key?"]


def _alone(system: System, name: str) -> System:
    """The system as if it had this table only, with what it must hold."""
    first = next(iter(system.data))
    if system.interactions is None:
        return _of_features(system, name, first)
    changes: dict[str, object] = {"data": {name: system.data[name]}}
    if name == first:
        changes["expect"] = _expect_of_events(system, {n for n in system.data if n != first})
    else:
        key = str(system.data[name].key)
        expect = _expect_of(system, name)
        expect[key] = _with(expect.get(key), type=Kind.CATEGORY, not_null=True, unique=True)
        changes |= {
            "expect": expect,
            "label": None,
            "split": SplitSpec(),
            "train": TrainSpec(),
        }
    return system.model_copy(update=changes)


def _of_features(system: System, name: str, first: str) -> System:
    if not system.entities:
        return system
    spec = system.data[name]
    others = {n for n in system.data if n != first}
    expect = _expect_of_first(system, others) if name == first else _expect_of(system, name)
    if spec.time is not None:
        expect[spec.time] = _with(expect.get(spec.time), type=Kind.TIME, not_null=True)
    if spec.key is not None:
        expect[spec.key] = _with(expect.get(spec.key), type=Kind.CATEGORY, not_null=True)
    changes: dict[str, object] = {"data": {name: spec}, "expect": expect}
    if name != first:
        changes |= {"label": None, "split": SplitSpec(), "train": TrainSpec(), "features": None}
    return system.model_copy(update=changes)


def _expect_of(system: System, table: str) -> dict[str, ColumnExpectation]:
    mark = f"{table}."
    return {
        name.removeprefix(mark): expected
        for name, expected in system.expect.items()
        if name.startswith(mark)
    }


def _expect_of_first(system: System, others: set[str]) -> dict[str, ColumnExpectation]:
    return {
        name: expected
        for name, expected in system.expect.items()
        if name.partition(".")[0] not in others
    }


def _expect_of_events(system: System, others: set[str]) -> dict[str, ColumnExpectation]:
    """Who, what and when must be there, and a rating must lie within its scale."""
    said = system.interacting
    expect = _expect_of_first(system, others)
    for name in (said.user, said.item):
        expect[name] = _with(expect.get(name), type=Kind.CATEGORY, not_null=True)
    if system.table.time is not None:
        expect[system.table.time] = _with(
            expect.get(system.table.time), type=Kind.TIME, not_null=True
        )
    if said.value is not None:
        low, high = said.scale or (None, None)
        expect[said.value] = _with(
            expect.get(said.value), type=Kind.NUMBER, not_null=True, min=low, max=high
        )
    return expect


def _with(expected: ColumnExpectation | None, **asked: object) -> ColumnExpectation:
    given = {name: value for name, value in asked.items() if value is not None}
    return (expected or ColumnExpectation()).model_copy(update=given)
