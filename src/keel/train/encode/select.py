"""Of very many columns, those that alone say most about the label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.train.export.graph import Graph
from keel.train.matrix import Float32

MOST_COLUMNS = 1_000
"""Dense columns that a model is given. More cost every algorithm time that tells nothing: what
alone says least of ten thousand columns is noise in nearly all of them."""

BLOCK = 256


@dataclass(frozen=True, eq=False)
class Selection:
    """Which of the dense columns are kept. picks: [k] rising."""

    picks: NDArray[np.int64]

    def transform(self, block: Float32) -> Float32:
        """[n, k] of [n, d]."""
        return np.ascontiguousarray(block[:, self.picks])

    def graph(self, graph: Graph, block: str) -> str:
        """The same inside the graph."""
        return graph.node("Gather", block, graph.int64(self.picks), axis=1)


def fit_selection(
    block: Float32, label: NDArray[np.int64] | NDArray[np.float64], most: int = MOST_COLUMNS
) -> Selection | None:
    """The `most` columns with the largest F statistic on the fitting rows; None if no more.

    A missing value counts as its column's mean. The share of variance explained orders columns
    as F does. Source: Fisher 1925, Statistical Methods for Research Workers, chapter 7.
    """
    if block.shape[1] <= most:
        return None
    explained = np.concatenate(
        [
            share_explained(block[:, start : start + BLOCK].astype(np.float64), label)
            for start in range(0, block.shape[1], BLOCK)
        ]
    )
    best = np.argsort(-explained, kind="stable")[:most]
    return Selection(np.sort(best).astype(np.int64))


def share_explained(
    columns: NDArray[np.float64], label: NDArray[np.int64] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """[d] shares of the variance of each of [n, d] columns that the label explains. A missing
    value, NaN, counts as its column's mean."""
    missing = np.isnan(columns)
    present = np.maximum((~missing).sum(axis=0), 1)
    filled = np.where(missing, 0.0, columns)
    centred = np.where(missing, 0.0, columns - filled.sum(axis=0) / present)
    total = np.square(centred).sum(axis=0)
    if label.dtype.kind == "f":
        aim = label - label.mean()
        between = np.square(aim @ centred) / max(float(aim @ aim), 1e-300)
    else:
        codes = label.astype(np.int64)
        counts = np.bincount(codes)
        places = (np.ones(len(codes)), (codes, np.arange(len(codes))))
        sums = sparse.csr_matrix(places, (len(counts), len(codes))) @ centred
        between = (np.square(sums) / np.maximum(counts, 1)[:, None]).sum(axis=0)
    return np.where(total > 0, between / np.where(total > 0, total, 1.0), 0.0)
