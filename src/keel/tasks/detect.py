"""Detect: how odd a case is, learned from cases that are mostly normal."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.errors import LabelError
from keel.spec.kinds import TaskName
from keel.spec.nearest import did_you_mean
from keel.spec.promise import Measure
from keel.spec.system import LabelSpec
from keel.tasks.class_names import POSITIVE_NAMES, class_texts, likely_positive
from keel.tasks.task import Label

CLASSES = ("normal", "anomaly")

# fmt: off
NORMAL_NAMES = frozenset(
    ("false", "no", "n", "f", "0", "-", "normal", "negative", "ok", "okay", "good", "benign",
     "healthy", "legitimate", "genuine", "success", "none", "inlier")
)
# fmt: on

ENOUGH = 10
"""Anomalies among the training rows that labels must name before they choose between detectors."""


class Detect:
    """Outputs are anomaly scores [n], higher where a case is odder. A label is optional, may be
    known of some cases only, is 1 for an anomaly, and is no target: known anomalies are left out
    of the fit and judge it."""

    name = TaskName.DETECT

    def read_label(self, column: pl.Series, spec: LabelSpec) -> Label:
        """1 where the label says anomaly, 0 where it says another thing, unknown where missing.

        The anomaly is the class that the declaration says, else the one of two with a name like
        `attack`, else the rarer. One class alone is told by its name.
        """
        texts = class_texts(column)
        counts = texts.drop_nulls().value_counts()
        sizes = dict(zip(counts[texts.name].to_list(), counts["count"].to_list(), strict=True))
        known = texts.is_not_null().to_numpy()
        if not sizes:
            return Label(np.zeros(len(texts), dtype=np.int64), known, CLASSES)
        odd = _anomaly(sizes, spec)
        values = (texts == odd).fill_null(False).to_numpy().astype(np.int64)
        return Label(values, known, CLASSES)

    def objective(self, label: Label) -> Measure:
        """Average precision where enough anomalies are known, else agreement with the other
        detectors."""
        known = label.values[label.known]
        judged = int(known.sum()) >= ENOUGH and bool((known == 0).any())
        return Measure("average_precision" if judged else "agreement")

    def report(self, classes: tuple[str, ...]) -> tuple[Measure, ...]:  # noqa: ARG002
        """Ranking and decisions, which need labels, and what can be said without."""
        judged = ("average_precision", "roc_auc", "precision", "recall", "f1", "false_alarms")
        alone = ("alerts", "agreement", "stability")
        return (
            *(Measure(name) for name in judged),
            Measure("false_alarms", per_day=True),
            Measure("time_to_detect"),
            *(Measure(name) for name in alone),
            Measure("alerts", per_day=True),
        )

    def baseline(self) -> str:
        """One score for every row."""
        return "constant"

    def strata(self, label: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
        """Known anomalies are spread over all parts."""
        return label.astype(np.int64, copy=False)


def _anomaly(sizes: dict[str, int], spec: LabelSpec) -> str:
    """The class that is the anomaly; a name that no row has where all rows are normal."""
    classes = sorted(sizes)
    if spec.positive is not None:
        return _declared(spec.positive, classes, spec)
    if len(classes) == 2:
        normal = [name for name in classes if name.strip().lower() in NORMAL_NAMES]
        if len(normal) == 1:
            return next(name for name in classes if name not in normal)
        return likely_positive(classes, sizes)
    if len(classes) == 1 and classes[0].strip().lower() in NORMAL_NAMES:
        return f"not {classes[0]}"
    if len(classes) == 1 and classes[0].strip().lower() in {*POSITIVE_NAMES, "1"}:
        return classes[0]
    what = f"has {len(classes)} classes" if len(classes) > 1 else f"has one class, {classes[0]!r}"
    raise LabelError(
        f"label {spec.column!r} {what}, and none of them is clearly the anomaly: say which with "
        "`label: {column: ..., positive: CLASS}`; all others are then normal"
    )


def _declared(positive: str, classes: list[str], spec: LabelSpec) -> str:
    if positive not in classes and len(classes) > 1:
        raise LabelError(
            f"label.positive is {positive!r}, which is not a class of {spec.column!r}: "
            f"{did_you_mean(positive, classes)}"
        )
    return positive


TASK = Detect()
