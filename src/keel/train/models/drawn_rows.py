"""Which rows are kept where a fit cannot use all of them."""

import numpy as np
from numpy.typing import NDArray


def drawn_rows(rows: int, most: int, seed: int) -> NDArray[np.int64]:
    """At most `most` of `rows` row numbers, rising, drawn at random with the seed."""
    if rows <= most:
        return np.arange(rows, dtype=np.int64)
    draw = np.random.default_rng(seed).choice(rows, most, replace=False)
    return np.sort(draw).astype(np.int64)
