"""Errors of predicted values, case by case."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats


def error(evidence: Evidence) -> Floats:
    """[n] predicted minus true."""
    return evidence.output - evidence.label


def absolute_error(evidence: Evidence) -> Floats:
    """[n] distance of predicted and true."""
    return np.abs(evidence.output - evidence.label)


def squared_error(evidence: Evidence) -> Floats:
    """[n] square of predicted minus true."""
    return np.square(evidence.output - evidence.label)
