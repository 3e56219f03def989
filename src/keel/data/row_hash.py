"""A number for each row, by which two runs recognise the same row."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.examples import Examples

BLOCK_ROWS = 65_536

SCHEME = f"polars-{pl.__version__}"
"""Hashes are only comparable under the same scheme: the engine may change its hash."""


def hash_rows(examples: Examples) -> NDArray[np.uint64]:
    """[n] hashes of the key where one is declared, else of all features and the label."""
    if examples.key is not None:
        return examples.key.hash(seed=0).to_numpy()
    return hash_frame(examples.frame.with_columns(pl.Series("keel label", examples.label)))


def hash_frame(frame: pl.DataFrame, seed: int = 0) -> NDArray[np.uint64]:
    """[n] hashes of rows: equal rows have equal ones."""
    # Polars may copy a frame to hash it, so that it gets a block at a time.
    blocks = [block.hash_rows(seed).to_numpy() for block in frame.iter_slices(BLOCK_ROWS)]
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.uint64)
