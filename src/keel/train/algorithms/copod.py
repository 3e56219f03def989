"""COPOD: how rare a row is under the empirical copula of its columns."""

import numpy as np

from keel.train.models.tail_detector import Float64, TailDetector, pointed_tail


def _copula(left: Float64, right: Float64, skew: float) -> Float64:
    """The tail that the skewness points to, or the mean of both where that is rarer.

    Source: Li et al. (2020), COPOD: copula-based outlier detection,
    doi:10.1109/ICDM50108.2020.00135; the larger is taken column by column, as PyOD does.
    """
    return np.maximum(pointed_tail(left, right, skew), (left + right) / 2)


ALGORITHM = TailDetector("copod", _copula)
