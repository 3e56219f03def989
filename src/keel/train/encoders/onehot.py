"""A column of 0 and 1 per frequent category."""

import numpy as np
import polars as pl

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Sample
from keel.train.encode.lookup import FittedLookups, Lookup, count_categories

MIN_COUNT = 5
MOST = 64
"""A category seen less often than `MIN_COUNT`, or after the `MOST` most frequent, is rare."""


class OneHot:
    """Rare categories share one column, a missing value has its own if one was seen. An unseen
    category counts as rare where there is such a column, else all are 0."""

    name = "onehot"
    kinds = frozenset({Kind.CATEGORY})

    def fit(self, sample: Sample) -> FittedLookups:
        fitted = [_fit_column(column) for column in sample.columns.iter_columns()]
        names = tuple(name for names, _ in fitted for name in names)
        return FittedLookups(names, tuple(lookup for _, lookup in fitted))


def _fit_column(column: pl.Series) -> tuple[list[str], Lookup]:
    seen = count_categories(column)
    enough = np.flatnonzero(seen.counts >= MIN_COUNT)[:MOST]
    # A table so small that nothing is frequent keeps what it has.
    kept = len(enough) or min(len(seen.categories), MOST)
    rare = len(seen.categories) > kept
    names = [f"{column.name} = {category}" for category in seen.categories[:kept]]
    table = np.zeros((kept + 2, kept + rare + (seen.missing > 0)), dtype=np.float32)
    np.fill_diagonal(table, 1)
    table[kept:] = 0
    if rare:
        names.append(f"{column.name} is rare")
        table[kept + 1, kept] = 1
    if seen.missing:
        names.append(f"{column.name} is missing")
        table[kept, -1] = 1
    return names, Lookup(seen.categories[:kept], table)


ENCODER = OneHot()
