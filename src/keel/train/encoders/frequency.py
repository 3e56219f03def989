"""Categories as how common they are."""

import numpy as np
import polars as pl

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.lookup import FittedLookups, Lookup, count_categories

MOST = 65_536
"""Categories after the most frequent ones count as unseen."""


class Frequency:
    """log10 of the share of fitting rows; an unseen category counts as seen half a time."""

    name = "frequency"
    kinds = frozenset({Kind.CATEGORY})

    def fit(self, sample: Sample) -> FittedLookups:
        names = tuple(f"{name} is common" for name in sample.columns.columns)
        return FittedLookups(names, tuple(_fit_column(c) for c in sample.columns.iter_columns()))


def _fit_column(column: pl.Series) -> Lookup:
    seen = count_categories(column, MOST)
    counts = np.array([*seen.counts, seen.missing, 0.0])
    shares = np.log10(np.maximum(counts, 0.5) / max(len(column), 1))
    return Lookup(seen.categories, shares.astype(np.float32)[:, None])


ENCODER = Frequency()
