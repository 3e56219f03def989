"""How often a score is exceeded by chance, also beyond all that was seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

START = 0.98
"""The share of the scores below which they are counted and above which the tail is fitted."""

LEAST_EXCESSES = 10
"""Different scores above the start that a fit needs."""

_LEAST_SHAPE = 1e-9
_PRIOR = 10


@dataclass(frozen=True, eq=False)
class Tail:
    """The upper tail of n scores of cases that are mostly normal.

    ordered: [n] the scores, rising. Above `start`, which the share `above` of them exceeds,
    excesses follow a generalised Pareto law of this scale and shape; where there are too few
    different ones, or they end abruptly, `scale` is 0 and only counts say anything.
    """

    ordered: Floats
    start: float
    above: float
    scale: float
    shape: float

    @property
    def is_fitted(self) -> bool:
        """Whether rates below 1 / n can be told."""
        return self.scale > 0

    def threshold(self, rate: float) -> float:
        """The lowest score such that the share `rate` of normal cases, or less, is at or above it.

        Without a fit, and for a rate that n cases cannot show, any score above all that were seen.
        Source: Siffer, Fouque, Termier and Largouet (2017), Anomaly Detection in Streams with
        Extreme Value Theory, KDD, equation 1.
        """
        if self.is_fitted and rate < self.above:
            grown = np.log(self.above / max(rate, np.finfo(float).tiny))
            return self.start + self.scale * float(_expm1_over(grown, self.shape))
        allowed = int(np.floor(rate * len(self.ordered) + 1e-9))
        if allowed >= len(self.ordered):
            return float(self.ordered[0])
        # Of scores that are equal all or none are flagged; halfway, so that rounding moves none.
        below = float(self.ordered[len(self.ordered) - 1 - allowed])
        higher = self.ordered[self.ordered > below]
        if not len(higher):
            return float(np.nextafter(np.float32(below), np.float32(np.inf)))
        return (below + float(higher[0])) / 2

    def rate(self, scores: Floats) -> Floats:
        """[k] shares of normal cases that score as high or higher."""
        count = len(self.ordered)
        at_or_above = count - np.searchsorted(self.ordered, scores, side="left")
        counted = np.maximum(at_or_above, 0.5) / count
        if not self.is_fitted:
            return counted
        excess = np.maximum(scores - self.start, 0.0) / self.scale
        with np.errstate(divide="ignore", invalid="ignore"):
            if abs(self.shape) < _LEAST_SHAPE:
                fitted = np.exp(-excess)
            else:
                fitted = np.maximum(1 + self.shape * excess, 0.0) ** (-1 / self.shape)
        return np.where(scores > self.start, self.above * fitted, counted)


def fit_tail(scores: Floats) -> Tail:
    """The tail of [n] scores; n at least 1, NaN is not allowed.

    Source: peaks over threshold, Pickands (1975), Statistical inference using extreme order
    statistics; the fit is that of `fit_pareto`.
    """
    ordered = np.sort(scores.astype(np.float64))
    start = float(np.quantile(ordered, START, method="lower"))
    excesses = ordered[ordered > start] - start
    if len(np.unique(excesses)) < LEAST_EXCESSES:
        return Tail(ordered, start, len(excesses) / len(ordered), 0.0, 0.0)
    scale, shape = fit_pareto(excesses)
    return Tail(ordered, start, len(excesses) / len(ordered), scale, shape)


def fit_pareto(excesses: Floats) -> tuple[float, float]:
    """Scale and shape of the generalised Pareto law of [m] positive excesses.

    A mean over the likelihood profile: nearly as efficient as maximum likelihood, and defined for
    every sample. The shape is drawn towards 0, an exponential tail, as if by ten more excesses.

    Source: Zhang and Stephens (2009), A New and Efficient Estimation Method for the Generalized
    Pareto Distribution, Technometrics 51; a prior of that weight: Vehtari, Simpson, Gelman, Yao
    and Gabry (2024), Pareto smoothed importance sampling, JMLR 25, appendix G.
    """
    x = np.sort(excesses)
    count = len(x)
    points = 30 + int(np.sqrt(count))
    grid = 1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))
    grid = grid / (3 * x[int(count / 4 + 0.5) - 1]) + 1 / x[-1]
    shapes = np.log1p(-grid[:, None] * x).mean(axis=1)
    profile = count * (np.log(-grid / shapes) - shapes - 1)
    weights = np.exp(profile - profile.max())
    theta = float((grid * weights).sum() / weights.sum())
    shape = float(np.log1p(-theta * x).mean())
    scale = -shape / theta
    return scale, shape * count / (count + _PRIOR)


def _expm1_over(grown: float, shape: float) -> float:
    """(exp(shape * grown) - 1) / shape, also for a shape of 0."""
    if abs(shape) < _LEAST_SHAPE:
        return grown
    return float(np.expm1(shape * grown) / shape)
