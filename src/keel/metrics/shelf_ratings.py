"""Ratings foretold and given, user by user."""

import numpy as np

from keel.metrics.evidence import Evidence, Floats
from keel.metrics.lists import shelf_of


def rating_errors(evidence: Evidence) -> Floats:
    """[n, r] foretold less given, 0 where there is none."""
    shelf = shelf_of(evidence)
    if shelf.predicted is None or shelf.rated is None:
        raise ValueError("the evidence holds no ratings")
    return np.asarray(np.nan_to_num(shelf.predicted - shelf.rated, nan=0.0))


def ratings(evidence: Evidence) -> Floats:
    """[n] how many each user gave."""
    rated = shelf_of(evidence).rated
    if rated is None:
        raise ValueError("the evidence holds no ratings")
    return np.asarray(np.isfinite(rated).sum(axis=1), dtype=np.float64)
