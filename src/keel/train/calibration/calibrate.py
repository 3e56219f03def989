"""Which calibration out-of-fold scores deserve, by cross-validated log loss."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.calibration.calibrator import Calibrator, FittedCalibrator, Scored, find_calibrator
from keel.train.matrix import Float32

TWO_CLASSES = ("none", "sigmoid", "isotonic")
MORE_CLASSES = ("none", "temperature", "sigmoid", "isotonic")
"""Tried in this order of simplicity."""

_SMALLEST = 1e-7


@dataclass(frozen=True, eq=False)
class Calibration:
    """The calibrator, fitted on all cases; the cross-validated log loss of each that was tried;
    and in one sentence why it was taken."""

    calibrator: FittedCalibrator
    log_loss: Mapping[str, float]
    why: str


def choose_calibration(
    scored: Scored, classes: int, seed: int, *, name: str = "auto", folds: int = 5
) -> Calibration:
    """The simplest calibrator whose log loss is within one standard error of the least.

    `name` declares one instead. Raises KeyError when there is none called so.
    """
    if name != "auto":
        return Calibration(find_calibrator(name).fit(scored), {}, f"{name}: as declared")
    parts = _stratified(scored.label, folds, seed)
    rarest = int(np.bincount(scored.label, minlength=classes).min())
    tried: dict[str, NDArray[np.float64]] = {}
    left_out: list[str] = []
    for each in TWO_CLASSES if classes == 2 else MORE_CLASSES:
        calibrator = find_calibrator(each)
        if classes > calibrator.most_classes:
            left_out.append(each)
        elif rarest >= calibrator.least:
            tried[each] = _losses(calibrator, scored, parts)
    least = tried[min(tried, key=lambda each: float(tried[each].mean()))]
    chosen = next(each for each, losses in tried.items() if _is_as_good(losses - least))
    means = {each: float(losses.mean()) for each, losses in tried.items()}
    told = ", ".join(f"{each} {loss:.4f}" for each, loss in means.items())
    why = f"{chosen}: the simplest within one standard error of the least log loss ({told})"
    if left_out:
        why += f"; not tried, with {classes} classes to fit one by one: {', '.join(left_out)}"
    return Calibration(find_calibrator(chosen).fit(scored), means, why)


def _stratified(label: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    order = np.random.default_rng(seed).permutation(len(label))
    order = order[np.argsort(label[order], kind="stable")]
    parts = np.empty(len(label), dtype=np.int64)
    parts[order] = np.arange(len(label)) % folds
    return parts


def _losses(
    calibrator: Calibrator, scored: Scored, parts: NDArray[np.int64]
) -> NDArray[np.float64]:
    losses = np.empty(len(scored.label))
    for part in np.unique(parts):
        held_out = np.flatnonzero(parts == part)
        fitted = calibrator.fit(scored.take(np.flatnonzero(parts != part)))
        losses[held_out] = _log_loss(fitted.apply(scored.scores[held_out]), scored.label[held_out])
    return losses


def _is_as_good(gap: NDArray[np.float64]) -> bool:
    return bool(gap.mean() <= gap.std() / np.sqrt(len(gap)))


def _log_loss(probability: Float32, label: NDArray[np.int64]) -> NDArray[np.float64]:
    true = probability[np.arange(len(label)), label].astype(np.float64)
    return np.asarray(-np.log(np.maximum(true, _SMALLEST)))
