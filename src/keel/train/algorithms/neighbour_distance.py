"""Neighbour distance: how far a row is from the stored rows nearest to it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Parameters, Range, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.linear import LARGEST, to_float
from keel.train.models.nearest import Nearest
from keel.train.models.picks import Picks, facts_of
from keel.train.models.stored_rows import BLOCK_ROWS, stored_rows, too_wide


class NeighbourDistance:
    """Scores a row by the distance to its k-th nearest neighbour, or by the mean over the k.

    At most 10,000 rows are kept, drawn with the seed; `stored_rows` says how many.

    Source: Ramaswamy, Rastogi & Shim (2000), Efficient algorithms for mining outliers from large
    data sets; the mean: Angiulli & Pizzuti (2002), Fast outlier detection in high dimensional
    spaces.
    """

    name = "neighbour_distance"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:
        """Too many columns."""
        return too_wide(facts)

    def space(self, facts: Facts) -> Space:
        """More neighbours than a clump of anomalies has rows see that it is one."""
        most = max(1, min(100, facts.rows // 4))
        return {
            "neighbours": Range(1, most, min(5, most), log=True, whole=True),
            "distance": Choice(("largest", "mean")),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Store."""
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        stored = stored_rows(fit)
        nearest = Nearest(stored, min(picks.whole("neighbours"), len(stored)))
        parameters: Parameters = {
            "neighbours": nearest.count,
            "distance": picks.word("distance"),
            "stored_rows": len(stored),
        }
        return DistanceModel("anomaly", parameters, nearest, picks.word("distance") == "mean")


@dataclass(frozen=True, eq=False)
class DistanceModel:
    """Stored rows, and whether the distances to the nearest of them are averaged."""

    scores: Literal["anomaly"]
    parameters: Parameters
    nearest: Nearest
    mean: bool

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] distances."""
        return in_blocks(matrix.dense, BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        distances, _ = self.nearest.graph(graph, matrix.dense)
        op = "ReduceMean" if self.mean else "ReduceMax"
        return to_float(graph, graph.node(op, distances, graph.int64([1]), keepdims=1))

    def _block(self, dense: Float32) -> Float32:
        distances, _ = self.nearest.find(dense)
        joined = distances.mean(axis=1) if self.mean else distances.max(axis=1)
        return np.asarray(np.minimum(joined, LARGEST)[:, None], dtype=np.float32)


ALGORITHM = NeighbourDistance()
