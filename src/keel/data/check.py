"""Reads a table, holds it against its contract, and keeps what is good as a snapshot."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keel.clock import Clock, system_clock
from keel.data.intake import Intake, Progress
from keel.data.problems import (
    contract_problems,
    named_columns,
    stale_problems,
    table_problems,
    test_problems,
)
from keel.data.profile import ColumnProfile, profile
from keel.data.quarantine import Quarantine
from keel.data.reading import find_readings
from keel.data.screen import Screened, screen
from keel.data.sources.open import open_source
from keel.data.sources.source import Chunk, OnBad, Source
from keel.data.table import Table
from keel.errors import TableError, TooManyBadRows
from keel.settings import Settings
from keel.spec.system import System

TOP_REASONS = 5
MOST_PROBLEMS = 20

MOST_LOOKED_AT = 5_000_000
"""Rows by which columns are described and screened: texts of all take gigabytes."""


@dataclass(frozen=True, eq=False)
class Checked:
    """A table that keeps its contract.

    table: every column, also the screened ones, the key, the time and the label. test_from: the
    first row of the given test table, whose rows come last; None without one. screened, profiles:
    judged on the rows before it, of very many on some. notes: what a person should know, one
    sentence each. beside: the other declared tables, by name.
    """

    table: Table
    test_from: int | None
    quarantine: Quarantine
    screened: tuple[Screened, ...]
    profiles: tuple[ColumnProfile, ...]
    notes: tuple[str, ...]
    beside: Mapping[str, "Checked"] = field(default_factory=dict)

    @property
    def told(self) -> tuple[str, ...]:
        """What a person should know of every table, and what became of bad rows."""
        own = (*self.notes, *self.quarantine.told)
        return (*own, *(f"{n}: {line}" for n, other in self.beside.items() for line in other.told))

    @property
    def fingerprint(self) -> str:
        """Equal for equal tables: the first table's own where there is no other."""
        if not self.beside:
            return self.table.fingerprint
        parts = [self.table.fingerprint]
        parts += [f"{name} {other.table.fingerprint}" for name, other in self.beside.items()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check(
    system: System,
    base: Path,
    settings: Settings,
    *,
    frame: object | None = None,
    test_frame: object | None = None,
    clock: Clock = system_clock,
    progress: Progress | None = None,
) -> Checked:
    """Read the declared table and its test table, in bounded memory, and keep the good rows.

    base: the folder that relative paths start from. frame, test_frame: tables in memory to read
    instead. progress: called with the number of rows read so far.

    Raises TableError for what is missing, empty, there twice, out of date or a contract that
    cannot apply; TooManyBadRows; EnvironmentFailure when the disk is full.
    """
    source = open_source(
        system.table.table if frame is None else frame,
        base=base,
        query=system.table.query,
        columns=system.table.columns,
        wanted=named_columns(system),
        log=None if frame is not None else system.table.log,
    )
    test = _open_test(system, base, source, test_frame)
    problems = table_problems(source, system)
    _refuse(problems if test is None else problems + test_problems(source, test, system))
    readings = find_readings(source, system)
    _refuse(contract_problems(system, readings))
    intake = Intake(system, settings, readings, progress)
    try:
        intake.take(source, "table")
        test_from = intake.rows
        if test is not None:
            intake.take(test, "test table", is_test=True)
        return _finish(intake, system, source, test, test_from, clock)
    finally:
        intake.discard()


def _open_test(
    system: System, base: Path, source: Source, test_frame: object | None
) -> Source | None:
    """The test table; its columns go by position where one of the two has no header."""
    place = system.table.test if test_frame is None else test_frame
    if place is None:
        return None
    spec = system.table
    log = None if test_frame is not None else spec.log
    test = open_source(place, base=base, columns=spec.columns, wanted=source.names, log=log)
    if source.named and test.named:
        return test
    return _Renamed(test, source.names) if len(test.names) == len(source.names) else test


def _finish(
    intake: Intake,
    system: System,
    source: Source,
    test: Source | None,
    test_from: int,
    clock: Clock,
) -> Checked:
    quarantine = intake.quarantine.finish()
    _refuse_bad_rows(system, quarantine, intake.rows)
    if not test_from:
        raise TableError(f"{system.table.table} has no rows: it needs at least one good row")
    if test is not None and intake.rows == test_from:
        raise TableError(f"{system.table.test} has no rows: it needs at least one good row")
    _refuse(stale_problems(system.expect, intake.newest, clock))
    table = intake.snapshot.finish()
    train = table.read_spread(test_from, MOST_LOOKED_AT)
    profiles = profile(train, table.columns)
    roles = (system.target, system.table.key, system.table.time, system.split.group)
    screened = screen(train, profiles, intake.snapshot.digests, [r for r in roles if r])
    notes = [*source.notes, *(() if test is None else test.notes), *intake.notes(quarantine)]
    if len(train) < test_from:
        notes.append(f"columns are described and screened by {len(train):,} rows, spread over all")
    return Checked(
        table, None if test is None else test_from, quarantine, screened, profiles, tuple(notes)
    )


def _refuse(problems: list[str]) -> None:
    if problems:
        more = len(problems) - MOST_PROBLEMS
        shown = problems[:MOST_PROBLEMS] + ([f"and {more} more problems"] if more > 0 else [])
        raise TableError("\n".join(shown))


def _refuse_bad_rows(system: System, quarantine: Quarantine, kept: int) -> None:
    total = quarantine.rows + kept
    allowed = system.table.max_bad_share
    if not total or quarantine.rows / total <= allowed:
        return
    top = list(quarantine.reasons.items())[:TOP_REASONS]
    reasons = "\n".join(f"    {count:,} rows: {reason}" for reason, count in top)
    raise TooManyBadRows(
        f"{quarantine.rows:,} of {total:,} rows ({quarantine.rows / total:.1%}) break the "
        f"contract, but max_bad_share allows {allowed:.1%}:\n{reasons}\n"
        f"see {quarantine.path}; repair the rows, change `expect`, or raise `max_bad_share`"
    )


class _Renamed:
    """A source whose columns are called otherwise, in the same order."""

    def __init__(self, source: Source, names: tuple[str, ...]) -> None:
        self._source = source
        self.names = names
        self.notes = (*source.notes, "columns of the test table are taken by their position")

    @property
    def named(self) -> bool:
        return True

    def chunks(self, on_bad: OnBad) -> Iterator[Chunk]:
        new = dict(zip(self._source.names, self.names, strict=True))
        for chunk in self._source.chunks(on_bad):
            yield Chunk(chunk.frame.rename(new), chunk.lines)
