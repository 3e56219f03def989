"""Local outlier factor: how much thinner the neighbourhood of a row is than its neighbours' own."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Parameters, Range, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.fitting import fitting
from keel.train.models.linear import LARGEST, to_float
from keel.train.models.nearest import Nearest
from keel.train.models.picks import Picks, facts_of
from keel.train.models.stored_rows import BLOCK_ROWS, stored_rows, too_wide

Float64 = NDArray[np.float64]

_SMALLEST = 1e-10
"""Added to a mean distance before it divides, as scikit-learn does."""


class LocalOutlierFactor:
    """Novelty mode: a row is compared with the stored rows and never with the rows beside it.

    At most 10,000 rows are kept, drawn with the seed; `stored_rows` says how many.

    Source: Breunig, Kriegel, Ng & Sander (2000), LOF: identifying density-based local outliers.
    """

    name = "local_outlier_factor"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:
        """Too many columns, or too few rows for a neighbourhood."""
        if facts.rows < 3:
            return f"{facts.rows} rows: a row needs neighbours that have neighbours, at least 3"
        return too_wide(facts)

    def space(self, facts: Facts) -> Space:
        """The paper advises 10 at least."""
        most = max(1, min(100, facts.rows // 4))
        return {"neighbours": Range(min(5, most), most, min(20, most), log=True, whole=True)}

    def fit(self, fit: Fit) -> FittedModel:
        """Store rows, each with the density around it."""
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        points = stored_rows(fit)
        count = max(1, min(picks.whole("neighbours"), len(points) - 1))
        nearest = Nearest(points, count)
        with fitting(fit.threads):
            farthest, density = _densities(nearest)
        parameters = {"neighbours": count, "stored_rows": len(points)}
        return DensityModel("anomaly", parameters, nearest, farthest, density)


@dataclass(frozen=True, eq=False)
class DensityModel:
    """farthest: [m] each stored row's distance to its k-th neighbour. density: [m] one over the
    mean reachability distance to its neighbours."""

    scores: Literal["anomaly"]
    parameters: Parameters
    nearest: Nearest
    farthest: Float64
    density: Float64

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] factors: 1 as dense as the neighbours, above 1 thinner."""
        return in_blocks(matrix.dense, BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        distances, rows = self.nearest.graph(graph, matrix.dense)
        far = graph.node("Gather", graph.constant(self.farthest), rows, axis=0)
        reach = graph.node("Max", distances, far)
        mean = graph.node("ReduceMean", reach, graph.int64([1]), keepdims=1)
        mean = graph.node("Add", mean, graph.float64(_SMALLEST))
        theirs = graph.node("Gather", graph.constant(self.density), rows, axis=0)
        theirs = graph.node("ReduceMean", theirs, graph.int64([1]), keepdims=1)
        return to_float(graph, graph.node("Mul", theirs, mean))

    def _block(self, dense: Float32) -> Float32:
        distances, rows = self.nearest.find(dense)
        own = _density(distances, rows, self.farthest)
        factor = self.density[rows].mean(axis=1) / own
        return np.asarray(np.minimum(factor, LARGEST)[:, None], dtype=np.float32)


def _densities(nearest: Nearest) -> tuple[Float64, Float64]:
    """Of each stored row, which is no neighbour of itself."""
    from sklearn.neighbors import NearestNeighbors

    points = nearest.points
    if len(points) == 1:
        return np.zeros(1), np.full(1, 1 / _SMALLEST)
    found = NearestNeighbors(n_neighbors=nearest.count).fit(points)
    rows = found.kneighbors(return_distance=False).astype(np.int64)
    parts = [slice(start, start + BLOCK_ROWS) for start in range(0, len(points), BLOCK_ROWS)]
    distances = np.concatenate([nearest.distances(points[part], rows[part]) for part in parts])
    farthest = distances.max(axis=1)
    return farthest, _density(distances, rows, farthest)


def _density(distances: Float64, rows: NDArray[np.int64], farthest: Float64) -> Float64:
    reach = np.maximum(distances, farthest[rows])
    return np.asarray(1.0 / (reach.mean(axis=1) + _SMALLEST))


ALGORITHM = LocalOutlierFactor()
