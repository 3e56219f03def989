"""Trees inside a graph: decisions identical to double precision, whatever library grew them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keel.train.export.graph import ML, Graph

LEAF = -1
"""The feature of a node that splits no further."""


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree of m nodes, the root first.

    feature: [m], `LEAF` where a node is one. threshold: [m] float64; `value <= threshold` goes
    left. left, right: [m] node numbers. missing_left: [m] where a missing value goes. value:
    [m, k] float64, read at leaves only.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.feature)


def tree_graph(
    graph: Graph, tensor: str, trees: Sequence[Tree], base: Sequence[float], *, mean: bool = False
) -> str:
    """The sum of the trees' leaf values plus `base`, or their mean: FLOAT [n, k].

    A feature is float32, so `feature <= threshold` is decided alike by the double threshold and by
    the largest float32 not above it. Rounding to the nearest would send values on the edge the
    other way.
    """
    attributes = _attributes(trees)
    return graph.node(
        "TreeEnsembleRegressor",
        tensor,
        domain=ML,
        n_targets=len(base),
        aggregate_function="AVERAGE" if mean else "SUM",
        base_values=[float(value) for value in base],
        post_transform="NONE",
        **attributes,
    )


def round_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 not above each threshold."""
    with np.errstate(over="ignore"):
        nearest = threshold.astype(np.float32)
        below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > threshold, below, nearest)


def sklearn_tree(tree: Any, columns: NDArray[np.int64] | None = None) -> Tree:
    """From scikit-learn's `tree_`. columns: which values to keep of each leaf, all if None."""
    value = np.asarray(tree.value[:, 0, :], dtype=np.float64)
    leaf = tree.children_left == -1
    return Tree(
        np.where(leaf, LEAF, tree.feature).astype(np.int64),
        np.where(leaf, 0.0, tree.threshold),
        np.where(leaf, 0, tree.children_left).astype(np.int64),
        np.where(leaf, 0, tree.children_right).astype(np.int64),
        np.asarray(tree.missing_go_to_left, dtype=np.bool_) & ~leaf,
        value if columns is None else value[:, columns],
    )


def _attributes(trees: Sequence[Tree]) -> dict[str, list[Any]]:
    sizes = [len(tree) for tree in trees]
    number = np.repeat(np.arange(len(trees)), sizes)
    node = np.concatenate([np.arange(size) for size in sizes])
    feature = np.concatenate([tree.feature for tree in trees])
    leaf = feature == LEAF
    missing = np.concatenate([tree.missing_left for tree in trees]) & ~leaf
    attributes: dict[str, list[Any]] = {
        "nodes_treeids": number.tolist(),
        "nodes_nodeids": node.tolist(),
        "nodes_featureids": np.where(leaf, 0, feature).tolist(),
        "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_values": round_down(np.concatenate([tree.threshold for tree in trees])).tolist(),
        "nodes_truenodeids": np.concatenate([tree.left for tree in trees]).tolist(),
        "nodes_falsenodeids": np.concatenate([tree.right for tree in trees]).tolist(),
    }
    if missing.any():
        attributes["nodes_missing_value_tracks_true"] = missing.astype(int).tolist()
    leaves = np.flatnonzero(leaf)
    value = np.concatenate([tree.value for tree in trees])[leaves]
    # A leaf without any weight is refused, so its first one is written even when it is zero.
    written = value != 0
    written[:, 0] |= ~written.any(axis=1)
    row, target = np.nonzero(written)
    attributes["target_treeids"] = number[leaves][row].tolist()
    attributes["target_nodeids"] = node[leaves][row].tolist()
    attributes["target_ids"] = target.tolist()
    attributes["target_weights"] = value[row, target].astype(np.float32).tolist()
    return attributes
