"""ECOD: how rare a row's values are in the tails of their columns."""

import numpy as np

from keel.train.models.tail_detector import Float64, TailDetector, pointed_tail


def _rarest(left: Float64, right: Float64, skew: float) -> Float64:
    """The rarest of the left tail, the right tail, and the one that the skewness points to.

    Source: Li et al. (2022), ECOD: unsupervised outlier detection using empirical cumulative
    distribution functions, doi:10.1109/TKDE.2022.3159580; the largest is taken column by column,
    as PyOD does.
    """
    return np.maximum(np.maximum(left, right), pointed_tail(left, right, skew))


ALGORITHM = TailDetector("ecod", _rarest)
