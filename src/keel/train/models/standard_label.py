"""A regression label with mean 0 and spread 1 while a model is fitted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Fit

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StandardLabel:
    """values: [n] standardised. `value = values * scale + center`."""

    values: Float64
    center: float
    scale: float

    def of(self, label: NDArray[np.int64] | Float64) -> Float64:
        """Other labels on the same scale."""
        return np.asarray((label - self.center) / self.scale, dtype=np.float64)


def standard_label(fit: Fit) -> StandardLabel:
    """The label of the fitting rows, weighted as they are; a constant one keeps its unit."""
    label = fit.label.astype(np.float64)
    center = float(np.average(label, weights=fit.weight))
    spread = float(np.sqrt(np.average((label - center) ** 2, weights=fit.weight)))
    scale = spread if spread > 1e-12 * max(1.0, abs(center)) else 1.0
    return StandardLabel((label - center) / scale, center, scale)
