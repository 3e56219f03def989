"""Categories as what the label is for them, each row answered by other rows.

Source: D. Micci-Barreca, A preprocessing scheme for high-cardinality categorical attributes,
SIGKDD Explorations 3 (2001), with the m-estimate as weight; cross-fitted as in scikit-learn's
TargetEncoder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.spec.kinds import Kind
from keel.train.encode.encoder import Labels, Sample
from keel.train.encode.lookup import FittedLookups, Lookup, count_categories, find_rows
from keel.train.export.graph import Graph
from keel.train.matrix import Float32

Float64 = NDArray[np.float64]

SMOOTHING = 10.0
"""A category counts as if this many more rows had the mean of all."""

FOLDS = 5
MOST_CATEGORIES = 65_536
MOST_CLASSES = 10


@dataclass(frozen=True, eq=False)
class FittedTarget:
    """means: one lookup per column, whose table is shifted by the mean of all rows and divided by
    `spread`. crossed: one [FOLDS, c + 2, k] table per column, each without its fold's rows.
    """

    means: FittedLookups
    crossed: tuple[Float32, ...]
    rows: int
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        return self.means.names

    @property
    def parameters(self) -> Mapping[str, object]:
        return {**self.means.parameters, "smoothing": SMOOTHING, "folds": FOLDS}

    def transform(self, columns: pl.DataFrame) -> Float32:
        return self.means.transform(columns)

    def transform_fitted(self, columns: pl.DataFrame) -> Float32:
        folds = _folds(self.rows, self.seed)
        parts = [
            table[folds, find_rows(column, lookup.categories)]
            for table, lookup, column in zip(
                self.crossed, self.means.lookups, columns.iter_columns(), strict=True
            )
        ]
        return np.concatenate(parts, axis=1)

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        return self.means.graph(graph, tensors)


class Target:
    """The smoothed mean of the label for each category; of several classes, a share for each of
    the most frequent ones. A missing value has its own; an unseen category gets 0, the mean."""

    name = "target"
    kinds = frozenset({Kind.CATEGORY})

    def fit(self, sample: Sample) -> FittedTarget:
        titles, answers = _answers(sample.label)
        folds = _folds(len(sample.label), sample.seed)
        fitted = [_fit_column(column, answers, folds) for column in sample.columns.iter_columns()]
        names = tuple(f"{column}: {title}" for column in sample.columns.columns for title in titles)
        lookups = tuple(lookup for lookup, _ in fitted)
        crossed = tuple(table for _, table in fitted)
        return FittedTarget(FittedLookups(names, lookups), crossed, len(sample.label), sample.seed)


def _answers(label: Labels) -> tuple[list[str], Float64]:
    if label.dtype.kind == "f":
        return ["mean label"], label.astype(np.float64)[:, None]
    counts = np.bincount(label)
    if len(counts) <= 2:
        return ["share of class 1"], (label == 1).astype(np.float64)[:, None]
    classes = np.sort(np.argsort(-counts, kind="stable")[:MOST_CLASSES])
    return [f"share of class {c}" for c in classes], (label[:, None] == classes).astype(np.float64)


def _folds(rows: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(rows) % FOLDS


def _fit_column(
    column: pl.Series, answers: Float64, folds: NDArray[np.int64]
) -> tuple[Lookup, Float32]:
    categories = count_categories(column, MOST_CATEGORIES).categories
    height = len(categories) + 2
    cells = folds * height + find_rows(column, categories)
    counts = np.bincount(cells, minlength=FOLDS * height).reshape(FOLDS, height, 1)
    sums = np.stack(
        [np.bincount(cells, answer, FOLDS * height).reshape(FOLDS, height) for answer in answers.T],
        axis=2,
    )
    all_counts, all_sums = counts.sum(axis=0), sums.sum(axis=0)
    table = _smooth(all_sums, all_counts)
    crossed = _smooth(all_sums - sums, all_counts - counts)
    variance = (table**2 * all_counts).sum(axis=0) / max(len(column), 1)
    spread = np.where(variance > 0, np.sqrt(variance), 1.0)
    return (
        Lookup(categories, (table / spread).astype(np.float32)),
        (crossed / spread).astype(np.float32),
    )


def _smooth(sums: Float64, counts: Float64 | NDArray[np.int64]) -> Float64:
    # Shifted by the mean of the same rows, so that 0 is "like all", whichever fold is left out.
    mean = sums.sum(axis=-2, keepdims=True) / np.maximum(counts.sum(axis=-2, keepdims=True), 1)
    return np.asarray((sums + SMOOTHING * mean) / (counts + SMOOTHING) - mean)


ENCODER = Target()
