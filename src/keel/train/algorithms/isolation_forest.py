"""Isolation forest: how few random cuts set a row apart from the others."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Facts, Fit, FittedModel, Needs, Parameters, Range, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.fitting import fitting
from keel.train.models.picks import Picks, facts_of, plain
from keel.train.models.trees import Tree, sklearn_tree, tree_graph

_BLOCK_ROWS = 4096


class IsolationForest:
    """Trees cut small samples at random until every row is alone; a row that is alone early is
    odd. The score is 2 to the power of minus its mean depth over that of a search tree: 0.5 is
    usual, towards 1 is odd.

    Source: Liu, Ting & Zhou (2008), Isolation forest, doi:10.1109/ICDM.2008.17.
    """

    name = "isolation_forest"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(scaled=False, recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """The paper's 100 trees of 256 rows each."""
        most = max(2, min(4096, facts.rows))
        return {
            "trees": Range(50, 400, 100, whole=True),
            "rows_per_tree": Range(min(64, most), most, min(256, most), log=True, whole=True),
            "columns_per_tree": Range(0.3, 1.0, 1.0),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Grow."""
        from sklearn.ensemble import IsolationForest as Forest

        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        model = Forest(
            n_estimators=picks.whole("trees"),
            max_samples=min(picks.whole("rows_per_tree"), len(fit.matrix)),
            max_features=picks.number("columns_per_tree"),
            n_jobs=1,
            random_state=fit.seed,
        )
        with fitting():
            model.fit(fit.matrix.dense)
        grown = zip(model.estimators_, model.estimators_features_, strict=True)
        trees = tuple(_Grown(tree.tree_, columns, _depths(tree.tree_)) for tree, columns in grown)
        parameters = plain(model.get_params()) | {"nodes": sum(len(t.depth) for t in trees)}
        usual = max(float(_search_depth(np.array([model.max_samples_]))[0]), 1.0)
        return IsolationModel("anomaly", parameters, trees, usual)


@dataclass(frozen=True, eq=False)
class _Grown:
    """A tree of scikit-learn's, the columns it was given, and each node's depth, which for a leaf
    of several rows includes what it would take to part them."""

    tree: Any
    columns: NDArray[np.int64]
    depth: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IsolationModel:
    """usual: the mean depth of an unsuccessful search in a tree of as many rows."""

    scores: Literal["anomaly"]
    parameters: Parameters
    trees: tuple[_Grown, ...]
    usual: float

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] scores between 0 and 1."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        trees = [_depth_tree(grown) for grown in self.trees]
        depth = tree_graph(graph, matrix.dense, trees, [0.0], mean=True)
        scaled = graph.node("Mul", depth, graph.float32(-1.0 / self.usual))
        return graph.node("Pow", graph.float32(2.0), scaled)

    def _block(self, dense: Float32) -> Float32:
        depth = np.zeros(len(dense))
        for grown in self.trees:
            part = np.ascontiguousarray(dense[:, grown.columns])
            depth += grown.depth[grown.tree.apply(part)]
        scores = np.exp2(-depth / (len(self.trees) * self.usual))
        return np.asarray(scores[:, None], dtype=np.float32)


def _depths(tree: Any) -> NDArray[np.float64]:
    depth = np.zeros(tree.node_count)
    level, nodes = 0, np.zeros(1, dtype=np.int64)
    while len(nodes):
        depth[nodes] = level
        inner = nodes[tree.children_left[nodes] != -1]
        nodes = np.concatenate([tree.children_left[inner], tree.children_right[inner]])
        level += 1
    rest = _search_depth(np.asarray(tree.n_node_samples)) * (tree.children_left == -1)
    return np.asarray(depth + rest)


def _search_depth(rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """[m] c(n) of the paper, equation 1: 0 for one row, 1 for two."""
    several = np.maximum(rows, 3).astype(np.float64)
    deep = 2.0 * (np.log(several - 1.0) + np.euler_gamma) - 2.0 * (several - 1.0) / several
    return np.asarray(np.where(rows <= 1, 0.0, np.where(rows == 2, 1.0, deep)))


def _depth_tree(grown: _Grown) -> Tree:
    tree = sklearn_tree(grown.tree)
    inner = tree.feature >= 0
    feature = np.where(inner, grown.columns[np.where(inner, tree.feature, 0)], tree.feature)
    return replace(tree, feature=feature.astype(np.int64), value=grown.depth[:, None])


ALGORITHM = IsolationForest()
