"""The seam between what is asked and everything that answers, judges and serves it."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.spec.promise import Measure
from keel.spec.system import LabelSpec


@dataclass(frozen=True, eq=False)
class Label:
    """A label column as numbers. `values`: [n] int64 codes or float64; `known`: [n] not missing.

    Where `known` is false the value is 0 and must not be used.
    """

    values: NDArray[np.int64] | NDArray[np.float64]
    known: NDArray[np.bool_]
    classes: tuple[str, ...] = ()

    def take(self, rows: NDArray[np.int64]) -> "Label":
        """Of these rows, in this order."""
        return Label(self.values[rows], self.known[rows], self.classes)


class Task(Protocol):
    """What a task must say of itself. One file per task in this folder."""

    @property
    def name(self) -> TaskName:
        """Its word in a declaration."""
        ...

    def report(self, classes: tuple[str, ...]) -> tuple[Measure, ...]:
        """The measures computed for every version."""
        ...

    def baseline(self) -> str:
        """The algorithm that every other must beat: it looks at no feature."""
        ...


@runtime_checkable
class LabelledTask(Task, Protocol):
    """A task whose examples are rows of a table with a label, known of all or of some."""

    def read_label(self, column: pl.Series, spec: LabelSpec) -> Label:
        """The label as numbers. Raises LabelError: one class, all missing, unique per row."""
        ...

    def objective(self, label: Label) -> Measure:
        """The measure a search maximises or minimises when the declaration names none."""
        ...

    def strata(self, label: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
        """Codes that a random split keeps in proportion."""
        ...
