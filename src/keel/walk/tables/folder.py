"""What a version of a table's task has in its folder beside its record and card."""

from pathlib import Path

import numpy as np
import polars as pl

from keel.data.examples import Examples
from keel.data.row_hash import SCHEME, hash_rows
from keel.data.split import Split
from keel.metrics.evidence import Evidence
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
    hashes = hash_rows(examples)[split.last_fit]
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
    answers = [_label(trained.out_of_fold.take(chosen))]
    if output.ndim == 1:
        answers.append(pl.Series("keel value", output))
    else:
        names = enumerate(examples.classes)
        answers += [pl.Series(f"keel score {name}", output[:, i]) for i, name in names]
    return frame.hstack(answers)


def _label(evidence: Evidence) -> pl.Series:
    """Null where it is not known."""
    label = pl.Series("keel label", evidence.label)
    if evidence.observed is None:
        return label
    known = pl.Series(evidence.observed)
    return pl.select(pl.when(known).then(label)).to_series()
