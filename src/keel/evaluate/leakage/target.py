"""The label in the form that one measure judges every column by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from keel.data.examples import Examples
from keel.data.split import Rows

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MAX_CLASSES = 8


@dataclass(frozen=True, eq=False)
class Target:
    """n labels. `classes`: how many there are, 0 for a value.

    codes: [n] class codes, rare classes folded into the last; zeros for a value. ranks: [n] the
    value's rank scaled to mean 0 and variance 1, which no outlier can rule; zeros for classes.
    number: [n] the label as a number; None if its classes are words.
    """

    classes: int
    codes: Integers
    ranks: Floats
    number: Floats | None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def measure(self) -> str:
        """The name of the measure that `judge` returns."""
        return "ROC AUC" if self.classes else "R2 of ranks"

    @property
    def indicators(self) -> Floats:
        """[n, k] what predictions are made of: class memberships, or the ranks as one column."""
        return np.eye(self.classes)[self.codes] if self.classes else self.ranks[:, None]


def read_target(examples: Examples, rows: Rows) -> Target:
    """The label of these rows."""
    label = examples.label[rows]
    if not examples.classes:
        ranks = rankdata(label)
        spread = float(ranks.std()) or 1.0
        codes = np.zeros(len(label), dtype=np.int64)
        return Target(0, codes, (ranks - ranks.mean()) / spread, label.astype(np.float64))
    codes = label.astype(np.int64)
    number = _class_numbers(examples.classes)
    as_number = None if number is None else number[codes]
    if len(examples.classes) > MAX_CLASSES:
        counts = np.bincount(codes, minlength=len(examples.classes))
        order = np.argsort(-counts, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.minimum(np.arange(len(order)), MAX_CLASSES - 1)
        codes = place[codes]
    return Target(min(len(examples.classes), MAX_CLASSES), codes, np.zeros(len(codes)), as_number)


def judge(target: Target, predicted: Floats) -> tuple[float, Floats]:
    """How well [n, k] predictions order the label, and each row's share in that figure.

    Classes: the mean over classes of ROC AUC (two classes: of the second). Values: R2 of ranks.
    The shares have mean 0; the figure's variance is that of the shares divided by n, and the same
    holds for the difference of two figures and of their shares.

    Source: DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more
    correlated receiver operating characteristic curves.
    """
    if not target.classes:
        squared = (target.ranks - predicted[:, 0]) ** 2
        return 1.0 - float(squared.mean()), squared.mean() - squared
    wanted = [1] if target.classes == 2 else range(target.classes)
    values: list[float] = []
    shares = np.zeros(len(target))
    for code in wanted:
        hit = target.codes == code
        if hit.all() or not hit.any():
            continue
        value, share = _area(predicted[:, code], hit)
        values.append(value)
        shares += share
    if not values:
        return float("nan"), shares
    return float(np.mean(values)), shares / len(values)


def _area(predicted: Floats, hit: NDArray[np.bool_]) -> tuple[float, Floats]:
    ranks = rankdata(predicted)
    hits, misses = int(hit.sum()), int((~hit).sum())
    above = np.empty(len(hit))
    above[hit] = (ranks[hit] - rankdata(predicted[hit])) / misses
    above[~hit] = 1.0 - (ranks[~hit] - rankdata(predicted[~hit])) / hits
    value = float(above[hit].mean())
    weight = np.where(hit, len(hit) / hits, len(hit) / misses)
    return value, (above - value) * weight


def _class_numbers(classes: tuple[str, ...]) -> Floats | None:
    if len(classes) == 2:
        return np.array([0.0, 1.0])
    try:
        return np.array([float(name) for name in classes])
    except ValueError:
        return None
