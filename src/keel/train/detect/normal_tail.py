"""How far the normal among mixed scores reach: a tail that anomalies do not stretch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

START = 0.8
"""The tail begins at this quantile of all scores."""

FIRST_SHARE = 0.5
"""The share of the tail that is taken for normal to begin with, from the inside: with `START`,
up to a tenth of all cases may be anomalies."""

IMPOSSIBLE = 0.1
"""A score that so few of all normal ones would exceed is set aside as an anomaly."""

FEWEST = 20
STEP = 1.05
"""How many more scores are taken in at once."""

MOST_POINTS = 200
SHAPES = np.linspace(-0.25, 1.0, 26)
SHAPE_SPREAD = 0.25
"""Shapes are rarely further from 0: what holds a fit to few scores in place."""


@dataclass(frozen=True)
class NormalTail:
    """Scores above `start` follow a generalised Pareto distribution, which a share `mass` of the
    normal scores is in. normal, anomalies: how many scores were used, and set aside."""

    start: float
    mass: float
    shape: float
    scale: float
    normal: int
    anomalies: int

    def exceeded_by(self, rate: float) -> float:
        """The score that this share of normal cases exceeds; `start` where that is more than the
        tail holds."""
        if rate >= self.mass:
            return self.start
        return self.start + _quantile(rate / self.mass, self.shape, self.scale)


def fit_normal_tail(scores: Floats) -> NormalTail | None:
    """The tail of the normal among [n] scores, mostly normal ones; None where fewer than 20
    different scores lie in it.

    Peaks over the 80 % quantile. What lies so far out that a tenth of a case is expected there is
    set aside, from the inside outwards, so that anomalies do not stretch the tail in which they
    lie: the fit begins with the inner half of the tail, as one cut off there, and takes in a
    little more of what it expects until it expects nothing more.

    Source: Siffer et al. 2017, Anomaly detection in streams with extreme value theory,
    doi:10.1145/3097983.3098144, equation 1; from the inside outwards: Atkinson and Riani 2000,
    Robust diagnostic regression analysis, chapter 2.
    """
    start = float(np.quantile(scores, START))
    excess = np.sort(scores[scores > start] - start)
    if len(np.unique(excess)) < FEWEST:
        return None
    kept = int(np.ceil(FIRST_SHARE * len(excess)))
    while True:
        shape, scale = _fit(excess, kept)
        farthest = _quantile(IMPOSSIBLE / len(excess), shape, scale)
        expected = int(np.searchsorted(excess, farthest, side="right"))
        if expected <= kept:
            break
        kept = min(expected, int(np.ceil(STEP * kept)))
    normal = len(scores) - (len(excess) - kept)
    return NormalTail(start, kept / normal, shape, scale, normal, len(excess) - kept)


def _quantile(share: float, shape: float, scale: float) -> float:
    """The excess that a share of a generalised Pareto distribution lies above."""
    if abs(shape) < 1e-9:
        return float(-scale * np.log(share))
    return float(scale / shape * (share**-shape - 1.0))


def _fit(excess: Floats, kept: int) -> tuple[float, float]:
    """Shape and scale of most likelihood for the inner `kept` of the excesses, the others being
    cut off, with a normal prior on the shape. The shape is held between -0.25, below which a
    tail ends so soon that a few equal scores would make anomalies of all beyond, and 1, above which
    there is no mean."""
    inner = excess[:kept]
    points = inner
    if kept > MOST_POINTS:
        points = np.quantile(inner, (np.arange(MOST_POINTS) + 0.5) / MOST_POINTS)
    border = float(excess[kept]) if kept < len(excess) else np.inf
    scale = float(inner.mean()) or 1.0
    scales = scale * np.geomspace(0.1, 20.0, 41)
    shape = 0.0
    for _ in range(2):
        shapes, scales = np.broadcast_arrays(SHAPES[:, None], scales)
        likelihood = kept * _mean_likelihood(points, border, shapes.ravel(), scales.ravel())
        likelihood -= np.square(shapes.ravel() / SHAPE_SPREAD) / 2
        best = int(np.argmax(likelihood))
        shape, scale = float(shapes.ravel()[best]), float(scales.ravel()[best])
        scales = scale * np.geomspace(0.88, 1.14, 41)
    return shape, scale


def _mean_likelihood(points: Floats, border: float, shapes: Floats, scales: Floats) -> Floats:
    """[k] mean log densities of the points below `border` under k shapes and scales."""
    plain = np.abs(shapes) < 1e-9
    shapes = np.where(plain, 1e-9, shapes)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        grown = np.log1p(points[:, None] * (shapes / scales))
        density = -np.log(scales) - (1.0 / shapes + 1.0) * grown.mean(axis=0)
        outside = np.zeros(len(shapes))
        if np.isfinite(border):
            reach = np.maximum(1.0 + border * shapes / scales, 0.0)
            outside = reach ** (-1.0 / shapes)
        density -= np.log1p(-outside)
    return np.asarray(np.where(np.isfinite(density), density, -np.inf))
