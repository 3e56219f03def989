"""One fitted recipe: encoding, model and target transform together."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.train.algorithm import FittedModel
from keel.train.encode.encoding import FittedEncoding
from keel.train.encode.source import Source
from keel.train.encode.target import FittedTarget
from keel.train.matrix import Matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FittedPipeline:
    """From feature columns to scores, before calibration."""

    encoding: FittedEncoding
    model: FittedModel
    target: FittedTarget | None

    def scores(self, rows: pl.DataFrame | Source) -> NDArray[np.float32]:
        """[n, k] scores of n rows of feature columns."""
        return self.score_matrix(self.encoding.transform(rows))

    def score_matrix(self, matrix: Matrix) -> NDArray[np.float32]:
        """[n, k] scores of rows that are encoded already."""
        scores = self.model.predict(matrix)
        if self.target is not None:
            scores = self.target.inverse(scores)
        return scores


def uncalibrated(scores: NDArray[np.float32], kind: str, classes: int) -> Floats:
    """An evidence output from raw scores: decision values are squashed, order is kept.

    [n, classes] for classify, [n] for regress and detect.
    """
    values = scores.astype(np.float64)
    if kind in ("value", "anomaly"):
        return np.asarray(values[:, 0])
    if kind == "probability":
        return values
    if classes == 2:
        positive = 1.0 / (1.0 + np.exp(-np.clip(values[:, 0], -500, 500)))
        return np.column_stack([1.0 - positive, positive])
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
