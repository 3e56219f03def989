"""Categories as their rank by frequency, for trees."""

import numpy as np
import polars as pl

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.lookup import FittedLookups, Lookup, count_categories

MOST = 65_536
"""Categories after the most frequent ones count as unseen."""

UNSEEN, MISSING = -1.0, -2.0


class Ordinal:
    """0 is the most frequent category; -1 one never seen, -2 a missing value."""

    name = "ordinal"
    kinds = frozenset({Kind.CATEGORY})

    def fit(self, sample: Sample) -> FittedLookups:
        lookups = [_fit_column(column) for column in sample.columns.iter_columns()]
        return FittedLookups(tuple(sample.columns.columns), tuple(lookups))


def _fit_column(column: pl.Series) -> Lookup:
    categories = count_categories(column, MOST).categories
    ranks = [*range(len(categories)), MISSING, UNSEEN]
    return Lookup(categories, np.asarray(ranks, dtype=np.float32)[:, None])


ENCODER = Ordinal()
