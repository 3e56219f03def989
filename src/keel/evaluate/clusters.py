"""Clusters of alike cases, as slices: what no single column shows."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.data.table import Column
from keel.evaluate.partitions import Partition
from keel.spec.kinds import Kind

CLUSTERS = 8
FITTED_ROWS = 20_000
EDGE = 0.01
"""Values beyond this quantile on either side are moved to it, so that no outlier is a cluster."""


def clusters(columns: Sequence[Column], frame: pl.DataFrame, *, seed: int) -> Partition | None:
    """Eight k-means clusters of the numbers and booleans, each named after what is unusual in it.

    Columns are brought to one scale, missing values to the median. None with fewer than two such
    columns or hardly more rows than clusters.

    Source: Lloyd 1982, doi:10.1109/TIT.1982.1056489; starts: Arthur and Vassilvitskii 2007.
    """
    from sklearn.cluster import KMeans

    usable = [c.name for c in columns if c.kind in (Kind.NUMBER, Kind.BOOLEAN)]
    scaled = {name: _scale(frame[name]) for name in usable}
    kept = {name: values for name, values in scaled.items() if values is not None}
    if len(kept) < 2 or len(frame) < 10 * CLUSTERS:
        return None
    matrix = np.stack(list(kept.values()), axis=1)
    random = np.random.default_rng(seed)
    rows = random.permutation(len(matrix))[:FITTED_ROWS]
    model = KMeans(CLUSTERS, n_init=2, max_iter=100, random_state=seed).fit(matrix[np.sort(rows)])
    code = model.predict(matrix).astype(np.int64)
    names = tuple(
        f"{number}: {_described(centre, list(kept))}"
        for number, centre in enumerate(model.cluster_centers_, start=1)
    )
    return Partition("cluster", names, code)


def _scale(column: pl.Series) -> NDArray[np.float32] | None:
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return None
    low, middle, high = np.quantile(known, [EDGE, 0.5, 1 - EDGE])
    filled = np.clip(np.where(np.isnan(values), middle, values), low, high)
    with np.errstate(over="ignore"):
        spread = float(filled.std())
    if not 0 < spread < np.inf:
        return None
    scaled: NDArray[np.float32] = ((filled - filled.mean()) / spread).astype(np.float32)
    return scaled


def _described(centre: NDArray[np.float32], names: list[str]) -> str:
    unusual = np.argsort(-np.abs(centre), kind="stable")[:2]
    words = [f"{'high' if centre[i] > 0 else 'low'} {names[i]}" for i in unusual]
    return ", ".join(words)
