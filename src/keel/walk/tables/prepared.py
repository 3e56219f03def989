"""Labelled rows of a table, divided."""

from collections.abc import Mapping
from dataclasses import dataclass

from keel.data.check import Checked
from keel.data.divide import divide
from keel.data.split import Split
from keel.errors import DeclarationError
from keel.evaluate.score import units_asked
from keel.features.build import Built, build, groupable
from keel.registry.record import RowCounts
from keel.spec.nearest import did_you_mean
from keel.spec.system import System
from keel.tasks.task import LabelledTask

MOST_TOLD = 10


@dataclass(frozen=True, eq=False)
class TablePrepared:
    """Examples of a table and their split. groups: columns that promises may compare."""

    task: LabelledTask
    checked: Checked
    built: Built
    split: Split
    groups: tuple[str, ...]

    @property
    def protocol(self) -> str:
        """How the rows were divided, in one sentence."""
        return self.split.protocol

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, empty for regress."""
        return self.built.examples.classes

    @property
    def left_out(self) -> tuple[str, ...]:
        """Columns and rows that nothing is learned from, and why."""
        asked = {column.name for column in self.built.features.source}
        lines = [s.detail for s in self.checked.screened if s.column not in asked]
        if len(lines) > MOST_TOLD:
            lines[MOST_TOLD:] = [f"and {len(lines) - MOST_TOLD:,} more columns: see the card"]
        if self.built.unlabelled:
            lines.append(f"rows without a label: {self.built.unlabelled:,}")
        return tuple(lines)

    @property
    def rows(self) -> RowCounts:
        """Rows by use. Validation rows are among the training rows: folds take turns."""
        split = self.split
        return RowCounts(
            train=len(split.train),
            validation=sum(len(fold.validate) for fold in split.folds),
            test=len(split.test),
            quarantined=self.checked.quarantine.rows,
        )

    @property
    def recorded(self) -> Mapping[str, object]:
        """Every feature spelled out, in the order that settles the model."""
        return {"features": dict(self.built.features.texts)}


def prepare_table(checked: Checked, system: System, task: LabelledTask) -> TablePrepared:
    """Build the examples of `checked` and divide them.

    Raises what `build` and `divide` raise.
    """
    check_units(checked, system)
    built = build(checked, system, task)
    strata = task.strata(built.examples.label)
    split = divide(built.examples, system, strata, test_from=built.test_from)
    return TablePrepared(task, checked, built, split, groupable(built, checked.table))


def check_units(checked: Checked, system: System) -> None:
    """What promises count in place of cases is a column of the table. Raises DeclarationError."""
    columns = [column.name for column in checked.table.columns]
    unknown = [name for name in units_asked(system.promises) if name not in columns]
    if unknown:
        raise DeclarationError(
            [
                f"promises: `of {name}`: {name!r} is not a column of the table: "
                f"{did_you_mean(name, columns)}"
                for name in unknown
            ]
        )
