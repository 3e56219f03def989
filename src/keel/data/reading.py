"""How each raw column becomes a column of the checked table."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

import polars as pl

from keel.data.cast import Cast, as_plain, cast
from keel.data.kinds import infer_kind, infer_label_kind, infer_time
from keel.data.sources.source import BadLine, Source
from keel.data.survey import ColumnFacts, Survey
from keel.data.table import Column
from keel.spec.kinds import Kind, TaskName
from keel.spec.log import LOG, LogSpec
from keel.spec.system import System
from keel.spec.time_form import TimeForm


@dataclass(frozen=True)
class Reading:
    """How to read one column. declared: its kind was declared rather than inferred. form: how
    its times are written, where they are texts; other: how they might as well be meant. log: how
    its lines are read, where they are those of a log."""

    name: str
    kind: Kind
    declared: bool = False
    form: TimeForm | None = None
    other: TimeForm | None = None
    log: LogSpec | None = None

    @property
    def column(self) -> Column:
        """The column that comes of it."""
        return Column(self.name, self.kind, self.form, self.log)

    @property
    def note(self) -> str | None:
        """What a person should decide about it."""
        if self.other is None:
            return None
        return (
            f"{self.name}: every time fits {self.form} and {self.other} alike: read as "
            f"{self.form}, here and whenever it is asked; if that is wrong, declare "
            f"`expect: {{{self.name}: {{form: {self.other}}}}}`"
        )

    def read(self, values: pl.Series, missing: Set[str]) -> Cast:
        """The values in the physical type of the kind."""
        return cast(values, self.kind, missing=missing, form=self.form)


def find_readings(source: Source, system: System) -> tuple[Reading, ...]:
    """A reading for every column: as declared, else inferred in one pass over the source.

    Keys and entities are categories, so that no digit of them is lost. The label is a number for
    `regress`, a category in its own spelling for `classify` and `detect`, and inferred when no task
    is declared.
    """
    label = system.target
    readings = {name: _declared(name, system) for name in source.names}
    form_needed = _written_times(source, readings.values())
    wanted = [name for name, known in readings.items() if known is None or name in form_needed]
    if wanted:
        survey = Survey(wanted, missing=frozenset(system.table.missing), label=label)
        for chunk in source.chunks(_ignore):
            survey.add(chunk.frame)
        for name in wanted:
            readings[name] = _settle(
                name, readings[name], survey.facts[name], is_label=name == label
            )
    return tuple(reading for reading in readings.values() if reading is not None)


def _declared(name: str, system: System) -> Reading | None:
    if name == LOG and system.table.log is not None:
        return Reading(name, Kind.SEQUENCE, declared=True, log=system.table.log)
    expected = system.expect.get(name)
    if expected is not None and expected.type is not None:
        return Reading(name, expected.type, declared=True, form=expected.form)
    if expected is not None and expected.form is not None:
        return Reading(name, Kind.TIME, declared=True, form=expected.form)
    if name in (system.table.time, system.table.arrived):
        return Reading(name, Kind.TIME, declared=True)
    if name == system.table.key or name in system.entity_columns:
        return Reading(name, Kind.CATEGORY)
    if name == system.target and system.task is TaskName.REGRESS:
        return Reading(name, Kind.NUMBER)
    if name == system.target and system.task in (TaskName.CLASSIFY, TaskName.DETECT):
        return Reading(name, Kind.CATEGORY)
    return None


def _written_times(source: Source, readings: Iterable[Reading | None]) -> set[str]:
    """Declared times that are written as text, so that their form must be found."""
    times = {r.name for r in readings if r and r.kind is Kind.TIME and r.form is None}
    if not times:
        return set()
    chunk = next(iter(source.chunks(_ignore)), None)
    if chunk is None:
        return set()
    written = times & set(chunk.frame.columns)
    return {name for name in written if as_plain(chunk.frame[name]).dtype in (pl.String, pl.Null)}


def _settle(name: str, known: Reading | None, facts: ColumnFacts, *, is_label: bool) -> Reading:
    if known is not None:
        time = infer_time(facts)
        return replace(known, form=time.form, other=time.other)
    inferred = infer_label_kind(facts) if is_label else infer_kind(facts)
    return Reading(name, inferred.kind, form=inferred.form, other=inferred.other)


def _ignore(line: BadLine) -> None:
    """Bad lines are told in the pass that keeps the rows."""
