"""Whether more data would help: scores over growing training sizes, and what they say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.evaluate.card.words import number

Floats = NDArray[np.float64]

Z = 1.96
"""Differences within this many standard errors count as noise."""

KEPT_SHARE = 0.8
"""Validation keeping less than this of the training skill, and not rising, is over-fitting."""

WEAK_SHARE = 0.1
"""Training skill below this share of the way from the baseline to a perfect score is weak."""

WORTH_SHARE = 0.01
"""A rise over the last doubling below this share of the validation skill is not worth more data."""


class LearningOutcome(StrEnum):
    """What a learning curve says, in the words of the card."""

    UNDER_FITTED = "under-fitted"
    OVER_FITTED = "over-fitted"
    MORE_DATA = "more data would help"
    AS_GOOD = "as good as it gets"
    UNKNOWN = "not enough sizes to say"


@dataclass(frozen=True)
class LearningVerdict:
    """The verdict, and the reason in a sentence with its numbers."""

    outcome: LearningOutcome
    reason: str


@dataclass(frozen=True)
class LearningCurve:
    """Scores of the same parameters fitted on `sizes` rows, ascending, all of equal length.

    train: on the rows fitted on. validation: on rows never fitted on.
    """

    sizes: tuple[int, ...]
    train: tuple[float, ...]
    validation: tuple[float, ...]


def learning_curve(
    fit_and_score: Callable[[int], tuple[float, float]],
    sizes: Sequence[int],
    *,
    has_time: Callable[[], bool] = lambda: True,
) -> LearningCurve:
    """The curve over `sizes`, each fitted once; `fit_and_score` gives (train, validation).

    Sizes are sorted and taken once. Between fits `has_time` may end it early, after which the
    curve holds the sizes that were finished. A size whose score is NaN is left out.
    """
    done: list[tuple[int, float, float]] = []
    for size in sorted(set(sizes)):
        if done and not has_time():
            break
        train, validation = fit_and_score(size)
        if np.isfinite(train) and np.isfinite(validation):
            done.append((size, float(train), float(validation)))
    return LearningCurve(
        tuple(size for size, _, _ in done),
        tuple(train for _, train, _ in done),
        tuple(validation for _, _, validation in done),
    )


def judge_learning(
    curve: LearningCurve,
    *,
    direction: Literal["higher", "lower"],
    baseline: float,
    standard_errors: Sequence[float],
    perfect: float | None = None,
) -> LearningVerdict:
    """What the curve says.

    direction: which scores are better. baseline: the score of an answer that looks at no feature.
    standard_errors: of the validation scores, one per size. perfect: the best score there could
    be, if the measure has one; lets a model that learns next to nothing be called under-fitted
    even when it beats the baseline for certain.

    Raises ValueError if lengths differ.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., 7.10.1
    (the learning curve); the thresholds are ours and are the constants of this module.
    """
    lengths = {len(curve.sizes), len(curve.train), len(curve.validation), len(standard_errors)}
    if len(lengths) != 1:
        raise ValueError(f"a learning curve needs one score and error per size, got {lengths}")
    if len(curve.sizes) < 2 or curve.sizes[-1] < 1.5 * curve.sizes[0]:
        return LearningVerdict(
            LearningOutcome.UNKNOWN,
            f"A verdict needs two training sizes at least 1.5 times apart, got {curve.sizes}.",
        )
    sign = 1.0 if direction == "higher" else -1.0
    shape = _measure(curve, sign, baseline, np.asarray(standard_errors, dtype=np.float64))
    reach = None if perfect is None else sign * (perfect - baseline)
    for rule in (_under_fitted, _more_data, _over_fitted, _as_good):
        verdict = rule(shape, reach)
        if verdict is not None:
            return verdict
    raise AssertionError("the last rule always answers")


@dataclass(frozen=True)
class _Shape:
    """Skills are scores minus the baseline, oriented so that positive is better."""

    size: int
    train: float
    validation: float
    noise: float
    rise: float
    rise_noise: float
    doubling: float

    @property
    def gap(self) -> float:
        return self.train - self.validation

    @property
    def step(self) -> str:
        if self.doubling == 2:
            return "doubling the rows"
        return f"growing the rows by {self.doubling - 1:.0%}"


def _measure(curve: LearningCurve, sign: float, baseline: float, errors: Floats) -> _Shape:
    sizes = np.log2(np.asarray(curve.sizes, dtype=np.float64))
    train = sign * (np.asarray(curve.train) - baseline)
    validation = sign * (np.asarray(curve.validation) - baseline)
    doubling = min(1.0, float(sizes[-1] - sizes[0]))
    before = float(np.interp(sizes[-1] - doubling, sizes, validation))
    before_error = float(np.interp(sizes[-1] - doubling, sizes, errors))
    return _Shape(
        size=curve.sizes[-1],
        train=float(train[-1]),
        validation=float(validation[-1]),
        noise=Z * float(errors[-1]),
        rise=float(validation[-1]) - before,
        rise_noise=Z * float(np.hypot(errors[-1], before_error)),
        doubling=2.0**doubling,
    )


def _under_fitted(shape: _Shape, reach: float | None) -> LearningVerdict | None:
    if not shape.train > shape.noise:
        return LearningVerdict(
            LearningOutcome.UNDER_FITTED,
            "Even on the rows it was fitted on the model is no better than the baseline "
            f"(skill {_n(shape.train)}, noise ±{_n(shape.noise)}): it needs other features or a "
            "more flexible model, not more rows.",
        )
    weak = reach is not None and shape.train < WEAK_SHARE * reach
    if weak and shape.gap <= shape.noise and shape.rise <= shape.rise_noise:
        assert reach is not None
        return LearningVerdict(
            LearningOutcome.UNDER_FITTED,
            f"On the rows it was fitted on the model covers only {shape.train / reach:.0%} of the "
            "way from the baseline to a perfect score, and unseen rows score the same: more rows "
            "of this kind change nothing, other features or a more flexible model might.",
        )
    return None


def _more_data(shape: _Shape, reach: float | None) -> LearningVerdict | None:
    del reach
    if not shape.rise > shape.rise_noise:
        return None
    if not shape.rise > WORTH_SHARE * max(shape.validation, 0.0):
        return None
    return LearningVerdict(
        LearningOutcome.MORE_DATA,
        f"{shape.step.capitalize()} to {shape.size:,} still bettered the score on unseen rows by "
        f"{_n(shape.rise)}, more than the noise of ±{_n(shape.rise_noise)}"
        + (
            f"; the gap of {_n(shape.gap)} to the rows it was fitted on is room to close"
            if shape.gap > shape.noise
            else ""
        )
        + ".",
    )


def _over_fitted(shape: _Shape, reach: float | None) -> LearningVerdict | None:
    del reach
    if shape.gap <= shape.noise or shape.validation >= KEPT_SHARE * shape.train:
        return None
    kept = max(shape.validation, 0.0) / shape.train
    return LearningVerdict(
        LearningOutcome.OVER_FITTED,
        f"Unseen rows keep only {kept:.0%} of the skill shown on the rows it was fitted on (gap "
        f"{_n(shape.gap)}, noise ±{_n(shape.noise)}), and {shape.step} to {shape.size:,} did not "
        "help: a simpler model, more regularisation or fewer columns would.",
    )


def _as_good(shape: _Shape, reach: float | None) -> LearningVerdict:
    del reach
    return LearningVerdict(
        LearningOutcome.AS_GOOD,
        f"{shape.step.capitalize()} to {shape.size:,} changed the score on unseen rows by "
        f"{_n(shape.rise)}, within the noise of ±{_n(shape.rise_noise)} or too little to matter, "
        "and unseen rows keep "
        f"{min(shape.validation / shape.train, 1.0):.0%} of the skill shown on fitted rows: what "
        "is left is in the columns, not in the number of rows.",
    )


def _n(value: float) -> str:
    return number(value + 0.0)  # a minus zero would read as a loss
