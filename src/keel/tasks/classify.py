"""Classify: which of a few classes a case belongs to."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.errors import LabelError
from keel.spec.kinds import TaskName
from keel.spec.promise import Measure
from keel.spec.system import LabelSpec
from keel.tasks.class_names import class_texts, order_classes
from keel.tasks.task import Label

RARE = 0.05
"""Below this share of positives ROC AUC hardly moves with what matters: Saito and Rehmsmeier
2015, doi:10.1371/journal.pone.0118432."""

MANY_CLASSES = 20
"""Above this a curve per class tells a reader nothing."""


class Classify:
    """Labels are class codes, outputs probabilities [n, classes]; of two classes 1 is positive."""

    name = TaskName.CLASSIFY

    def read_label(self, column: pl.Series, spec: LabelSpec) -> Label:
        """Class codes of booleans, texts or numbers.

        Of two classes the positive one is what the declaration says, else the one with a name
        like `yes`, else the rarer. More classes are in alphabetical or numeric order.
        """
        texts = class_texts(column)
        counts = texts.drop_nulls().value_counts()
        sizes = dict(zip(counts[texts.name].to_list(), counts["count"].to_list(), strict=True))
        known = texts.is_not_null().to_numpy()
        _refuse_unlearnable(column, spec, sizes, int(known.sum()))
        classes = order_classes(sizes, spec)
        code = {name: i for i, name in enumerate(classes)}
        values = texts.replace_strict(code, default=0, return_dtype=pl.Int64).to_numpy()
        return Label(np.where(known, values, 0).astype(np.int64), known, classes)

    def objective(self, label: Label) -> Measure:
        """Average precision for rare positives, ROC AUC for others, log loss for many classes."""
        if len(label.classes) > 2:
            return Measure("log_loss")
        share = float(np.mean(label.values[label.known] == 1))
        return Measure("average_precision" if share < RARE else "roc_auc")

    def report(self, classes: tuple[str, ...]) -> tuple[Measure, ...]:
        """Ranking, decisions at the frozen threshold, and probabilities."""
        decisions = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc")
        probabilities = ("log_loss", "brier", "expected_calibration_error", "expected_cost")
        if len(classes) > MANY_CLASSES:
            return tuple(Measure(name) for name in (*decisions, *probabilities))
        ranking = ("roc_auc", "average_precision")
        plain = tuple(Measure(name) for name in (*ranking, *decisions, *probabilities))
        if len(classes) > 2:
            return plain
        return (
            *plain,
            Measure("specificity"),
            Measure("recall", at="precision", level=0.9),
            Measure("precision", at="recall", level=0.5),
            Measure("precision", at="k", level=100),
            Measure("precision", at="k", level=100, per_day=True),
            Measure("recall", at="k", level=100),
            Measure("lift", at="k", level=0.1),
        )

    def baseline(self) -> str:
        """The shares of the classes, whatever the features."""
        return "prior"

    def strata(self, label: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
        """The classes themselves."""
        return label.astype(np.int64, copy=False)


def _refuse_unlearnable(
    column: pl.Series, spec: LabelSpec, sizes: dict[str, int], known: int
) -> None:
    name = column.name or spec.column
    if not sizes:
        raise LabelError(
            f"label {name!r} is missing in all {len(column)} rows: name another column, or give "
            "rows whose label is known"
        )
    if len(sizes) == 1:
        (only,) = sizes
        raise LabelError(
            f"label {name!r} has one class, {only!r}, in all {known} rows where it is known: "
            "at least two are needed; give rows of another class or name another column"
        )
    if len(sizes) == known:
        fix = (
            "declare `task: regress` to predict a number"
            if column.dtype.is_numeric()
            else "it looks like a key; name another column"
        )
        raise LabelError(
            f"label {name!r} has a different value in each of {known} rows, so no class can be "
            f"learned: {fix}"
        )


TASK = Classify()
