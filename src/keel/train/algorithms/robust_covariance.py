"""Robust covariance: the Mahalanobis distance from the densest half of the rows."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Parameters, Range, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.drawn_rows import drawn_rows
from keel.train.models.fitting import fitting
from keel.train.models.linear import LARGEST, double, to_float
from keel.train.models.picks import Picks, facts_of

Float64 = NDArray[np.float64]

MOST_COLUMNS = 200
ROWS_PER_COLUMN = 5
MOST_ROWS = 50_000
"""More rows than this change the ellipse by nothing but the time it takes."""

_BLOCK_ROWS = 16_384


class RobustCovariance:
    """Fits location and scatter on the `support` of the rows whose covariance has the least
    determinant, so that anomalies among the rows do not bend it.

    Source: Rousseeuw & Van Driessen (1999), A fast algorithm for the minimum covariance
    determinant estimator, which asks for five rows per column.
    """

    name = "robust_covariance"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:
        """Too many columns for the rows."""
        if facts.columns > MOST_COLUMNS:
            return f"{facts.columns} columns: too slow above {MOST_COLUMNS}"
        if facts.rows < ROWS_PER_COLUMN * facts.columns:
            return (
                f"{facts.rows} rows for {facts.columns} columns: a covariance needs "
                f"{ROWS_PER_COLUMN} rows for each"
            )
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """The share of rows that the ellipse is fitted on; 0 leaves it at a little over half."""
        return {"support": Range(0.0, 1.0, 0.0)}

    def fit(self, fit: Fit) -> FittedModel:
        """Fit, on at most 50,000 rows drawn with the seed."""
        support = Picks(self.space(facts_of(fit)), fit.parameters).number("support")
        rows = drawn_rows(len(fit.matrix), MOST_ROWS, fit.seed)
        dense = fit.matrix.dense[rows].astype(np.float64)
        with fitting():
            center, precision = _estimate(dense, support or None, fit.seed)
        parameters = {"support": support, "fitted_rows": len(rows)}
        return MahalanobisModel("anomaly", parameters, center, _root(precision))


@dataclass(frozen=True, eq=False)
class MahalanobisModel:
    """center: [d]. root: [d, k], whose product with its transpose is the precision matrix."""

    scores: Literal["anomaly"]
    parameters: Parameters
    center: Float64
    root: Float64

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] squared distances."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        shifted = graph.node("Sub", double(graph, matrix.dense), graph.constant(self.center))
        turned = graph.node("MatMul", shifted, graph.constant(self.root))
        return to_float(graph, graph.node("ReduceSumSquare", turned, graph.int64([1]), keepdims=1))

    def _block(self, dense: Float32) -> Float32:
        turned = (dense.astype(np.float64) - self.center) @ self.root
        squared = np.einsum("ij,ij->i", turned, turned)
        return np.asarray(np.minimum(squared, LARGEST)[:, None], dtype=np.float32)


def _estimate(dense: Float64, support: float | None, seed: int) -> tuple[Float64, Float64]:
    """Location and precision; those of all rows where no half of them spans a volume."""
    from sklearn.covariance import MinCovDet

    try:
        found: Any = MinCovDet(support_fraction=support, random_state=seed).fit(dense)
    except ValueError:
        scatter = np.atleast_2d(np.cov(dense, rowvar=False, bias=True))
        return dense.mean(axis=0), np.asarray(np.linalg.pinv(scatter, hermitian=True), np.float64)
    return found.location_, found.precision_


def _root(precision: Float64) -> Float64:
    """A direction without spread has no precision, and no weight."""
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    kept = values > max(float(values.max(initial=0.0)), 0.0) * 1e-12
    if not kept.any():
        return np.zeros((len(precision), 1))
    return np.ascontiguousarray(vectors[:, kept] * np.sqrt(values[kept]))


ALGORITHM = RobustCovariance()
