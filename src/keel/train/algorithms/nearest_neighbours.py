"""The rows most alike, and what became of them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import LABELLED
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Parameters, Range, Space
from keel.train.export.graph import DOUBLE, FLOAT, Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.distances import squared_distances, squared_distances_graph
from keel.train.models.picks import Picks, facts_of
from keel.train.models.seen_classes import on_seen_classes

Float64 = NDArray[np.float64]

MOST_ROWS = 10_000
MOST_NUMBERS = 4_000_000
MOST_COLUMNS = 2_000

_BLOCK_ROWS = 128


class NearestNeighbours:
    """Averages the labels of the `k` nearest rows, by rank alone or closer ones counting more.

    At most 10,000 rows are kept, drawn with the seed; `stored_rows` says how many.

    Source: Cover & Hart (1967), Nearest neighbor pattern classification; Dudani (1976), The
    distance-weighted k-nearest-neighbor rule.
    """

    name = "nearest_neighbours"
    tasks = LABELLED
    needs = Needs(categories=("onehot", "target"))

    def skip(self, facts: Facts) -> str | None:
        """Too many columns."""
        if facts.columns > MOST_COLUMNS:
            return f"{facts.columns} columns: distances say little above {MOST_COLUMNS}"
        return None

    def space(self, facts: Facts) -> Space:
        """More neighbours than the usual 5: probabilities need them."""
        most = max(1, min(200, facts.rows // 4))
        return {
            "neighbours": Range(1, most, min(25, most), log=True, whole=True),
            "weights": Choice(("uniform", "distance")),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, _store, "probability") if fit.classes else _store(fit)


@dataclass(frozen=True, eq=False)
class NeighboursModel:
    """points: [m, d]. answers: [m, k] one-hot classes or values. weight: [m] of rows.

    unit: a squared distance of middling size. Distances are ranked after adding it and rounding to
    float32: equal ones then are equal in every implementation, and the earlier row goes first.
    """

    scores: Literal["probability", "value"]
    parameters: Parameters
    points: Float64
    answers: Float64
    weight: Float64
    neighbours: int
    by_distance: bool
    unit: float

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        distances = squared_distances_graph(graph, matrix.dense, self.points)
        shifted = graph.node("Add", distances, graph.constant(np.asarray(self.unit)))
        capped = graph.node("Min", shifted, graph.constant(np.asarray(_FARTHEST)))
        key = graph.node("Cast", capped, to=FLOAT)
        nearest, rows = graph.nodes(
            "TopK", key, graph.int64([self.neighbours]), outputs=2, axis=1, largest=0, sorted=1
        )
        weight = graph.node("Gather", graph.constant(self.weight), rows, axis=0)
        if self.by_distance:
            shift = graph.constant(np.asarray(self.unit * (1 - _SOFTENING)))
            softened = graph.node("Sub", graph.node("Cast", nearest, to=DOUBLE), shift)
            weight = graph.node("Div", weight, softened)
        answers = graph.node("Gather", graph.constant(self.answers), rows, axis=0)
        column = graph.node("Unsqueeze", weight, graph.int64([1]))
        total = graph.node("Squeeze", graph.node("MatMul", column, answers), graph.int64([1]))
        norm = graph.node("ReduceSum", weight, graph.int64([1]), keepdims=1)
        return graph.node("Cast", graph.node("Div", total, norm), to=FLOAT)

    def _block(self, dense: Float32) -> Float32:
        shifted = squared_distances(dense, self.points)
        shifted += self.unit
        key = np.minimum(shifted, _FARTHEST, out=shifted).astype(np.float32)
        # A positive float32 sorts like its bits; the row number below them settles ties.
        coded = key.view(np.uint32).astype(np.uint64)
        coded <<= np.uint64(32)
        coded |= np.arange(len(self.points), dtype=np.uint64)
        coded.partition(self.neighbours - 1, axis=1)
        rows = (coded[:, : self.neighbours] & np.uint64(0xFFFFFFFF)).astype(np.int64)
        weight = self.weight[rows]
        if self.by_distance:
            nearest = np.take_along_axis(key, rows, axis=1).astype(np.float64)
            weight = weight / (nearest - self.unit * (1 - _SOFTENING))
        total = np.einsum("nk,nkc->nc", weight, self.answers[rows])
        return np.asarray(total / weight.sum(axis=1, keepdims=True), dtype=np.float32)


_FARTHEST = 1e38
_SOFTENING = 1e-2
"""How much of `unit` is added to a squared distance before it divides a vote."""


def _store(fit: Fit) -> FittedModel:
    picks = Picks(ALGORITHM.space(facts_of(fit)), fit.parameters)
    rows, columns = fit.matrix.dense.shape
    kept = np.arange(rows)
    if fit.weight is not None:
        kept = np.flatnonzero(fit.weight > 0)
    most = min(MOST_ROWS, max(100, MOST_NUMBERS // max(1, columns)))
    if len(kept) > most:
        draw = np.random.default_rng(fit.seed).choice(len(kept), most, replace=False)
        kept = kept[np.sort(draw)]
    points = fit.matrix.dense[kept].astype(np.float64)
    neighbours = min(picks.whole("neighbours"), len(kept))
    label = fit.label[kept]
    return NeighboursModel(
        "probability" if fit.classes else "value",
        {
            "neighbours": neighbours,
            "weights": picks.word("weights"),
            "stored_rows": len(kept),
            "stored_by": "all" if len(kept) == rows else f"drawn at random, seed {fit.seed}",
        },
        points,
        np.eye(fit.classes)[label] if fit.classes else label[:, None].astype(np.float64),
        np.ones(len(kept)) if fit.weight is None else fit.weight[kept].astype(np.float64),
        neighbours,
        picks.word("weights") == "distance",
        _unit(points),
    )


def _unit(points: Float64) -> float:
    """The mean squared distance from the center, rounded to a power of two."""
    spread = float(points.var(axis=0).sum())
    return float(2.0 ** np.round(np.log2(spread))) if spread > 0 else 1.0


ALGORITHM = NearestNeighbours()
