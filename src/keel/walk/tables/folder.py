"""What a version of a table's task has in its folder beside its record and card."""

from pathlib import Path

import numpy as np
import polars as pl

from keel.data.examples import Examples
from keel.data.row_hash import SCHEME, hash_rows
from keel.data.split import Split
from keel.registry.artifact import REFERENCE
from keel.train.export.exported import write_exported
from keel.train.train import Trained

TRAINED_ROWS = "trained_rows.arrow"

REFERENCE_ROWS = 10_000
"""Enough to compare distributions with, little enough to ship with every version."""


def fill_folder(
    folder: Path, trained: Trained, examples: Examples, split: Split, seed: int
) -> None:
    """Write the model, its codecs, the reference table and which rows it learned from."""
    write_exported(trained.exported, folder)
    hashes = hash_rows(examples)[split.train]
    rows = pl.DataFrame({"hash": hashes, "scheme": [SCHEME] * len(hashes)})
    rows.with_columns(pl.col("scheme").cast(pl.Categorical)).write_ipc(folder / TRAINED_ROWS)
    _reference(trained, examples, seed).write_ipc(folder / REFERENCE)


def _reference(trained: Trained, examples: Examples, seed: int) -> pl.DataFrame:
    """A sample of rows with the answers that were given to them out of fold."""
    rows = trained.validated
    count = min(len(rows), REFERENCE_ROWS)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:count])
    frame = examples.frame[rows[chosen]]
    output = trained.out_of_fold.output[chosen]
    answers = {"keel label": examples.label[rows[chosen]]}
    if output.ndim == 1:
        answers["keel value"] = output
    else:
        answers |= {f"keel score {name}": output[:, i] for i, name in enumerate(examples.classes)}
    return frame.hstack(pl.DataFrame(answers))
