"""Regress: how much of something a case has."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.errors import LabelError
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure
from keel.spec.system import LabelSpec
from keel.tasks.task import Label

STRATA = 10


class Regress:
    """Labels and outputs are numbers, [n] each, in the units of the label column."""

    name = TaskName.REGRESS

    def read_label(self, column: pl.Series, spec: LabelSpec) -> Label:
        """The numbers of a numeric or boolean column; NaN and infinite count as missing."""
        name = column.name or spec.column
        if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
            examples = ", ".join(repr(value) for value in column.drop_nulls().head(3).to_list())
            raise LabelError(
                f"label {name!r} holds {column.dtype}, such as {examples or 'nothing'}, and "
                "`task: regress` predicts a number: declare `task: classify`, or name a column "
                "of numbers"
            )
        values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        found = values[known]
        if len(found) == 0:
            raise LabelError(
                f"label {name!r} is missing in all {len(column)} rows: name another column, or "
                "give rows whose label is known"
            )
        if found.min() == found.max():
            raise LabelError(
                f"label {name!r} is {found[0]:g} in all {len(found)} rows where it is known: "
                "there is nothing to predict; name another column"
            )
        return Label(np.where(known, values, 0.0), known)

    def objective(self, label: Label) -> Measure:  # noqa: ARG002
        """Root mean squared error."""
        return Measure("rmse")

    def report(self, classes: tuple[str, ...]) -> tuple[Measure, ...]:  # noqa: ARG002
        """Errors in units of the label, and the share of variance explained."""
        return tuple(Measure(name) for name in ("rmse", "mae", "medae", "r2", "bias"))

    def baseline(self) -> str:
        """The mean, whatever the features."""
        return "mean"

    def strata(self, label: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
        """Tenths of the label, so that every part of a split has small and large ones."""
        cuts = np.unique(np.quantile(label, np.arange(1, STRATA) / STRATA))
        return np.searchsorted(cuts, label, side="right").astype(np.int64)


TASK = Regress()
