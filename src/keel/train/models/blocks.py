"""Works through many rows a block at a time, so that what lies between fits in memory."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)
T = TypeVar("T", bound=np.floating)


def in_blocks(
    dense: NDArray[S], rows: int, answer: Callable[[NDArray[S]], NDArray[T]]
) -> NDArray[T]:
    """[n, k] answers to [n, d] rows, asked for `rows` at a time; no row at all is one block."""
    starts = range(0, max(len(dense), 1), rows)
    return np.concatenate([answer(dense[start : start + rows]) for start in starts])
