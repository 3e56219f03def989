"""Rows that detectors are fitted on: all but the known anomalies."""

from dataclasses import replace

import numpy as np

from keel.data.split import Rows, Split
from keel.errors import LabelError
from keel.tasks.task import Label


def unmarked(rows: Rows, label: Label) -> Rows:
    """Those of the rows that no label calls an anomaly, in their order."""
    return np.asarray(rows[~(label.known & (label.values == 1))[rows]])


def fitted_without_known_anomalies(split: Split, label: Label) -> Split:
    """The same folds, each fitted on what is not known to be odd: a model of what is usual learns
    nothing good from it. What is validated stays.

    Raises LabelError where nothing is left to fit on.
    """
    folds = tuple(replace(fold, fit=unmarked(fold.fit, label)) for fold in split.folds)
    if not all(len(fold.fit) for fold in folds):
        raise LabelError(
            "the label calls every row of a fold an anomaly, which leaves nothing usual to learn: "
            "check which class `label: {positive: CLASS}` names"
        )
    return replace(split, folds=folds)
