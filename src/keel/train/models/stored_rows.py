"""Rows that a detector keeps, to compare others with."""

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Facts, Fit
from keel.train.models.drawn_rows import drawn_rows

MOST_ROWS = 10_000
MOST_NUMBERS = 4_000_000
MOST_COLUMNS = 2_000

BLOCK_ROWS = 128
"""How many rows are compared with all stored ones at once."""


def stored_rows(fit: Fit) -> NDArray[np.float64]:
    """[m, d] fitting rows drawn with the seed: 10,000, fewer where there are many columns."""
    rows, columns = fit.matrix.dense.shape
    most = min(MOST_ROWS, max(100, MOST_NUMBERS // max(1, columns)))
    return fit.matrix.dense[drawn_rows(rows, most, fit.seed)].astype(np.float64)


def too_wide(facts: Facts) -> str | None:
    """Why distances say nothing here, if they do not."""
    if facts.columns > MOST_COLUMNS:
        return f"{facts.columns} columns: distances say little above {MOST_COLUMNS}"
    return None
