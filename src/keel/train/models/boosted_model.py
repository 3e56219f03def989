"""Trees grown by LightGBM, summed."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Parameters
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.linear import Link, graph_linked, linked
from keel.train.models.trees import LEAF, Tree, tree_graph

_DEFAULT_LEFT = 2
_MISSING_TYPE = 3
_MISSING_IS_NAN = 2
"""Bits of a node's `decision_type`: 0 categorical, 1 default left, 2-3 what counts as missing
(0 nothing, 1 zero, 2 NaN)."""

_ZERO = float(np.float32(1e-35))
"""LightGBM reads a value no further from 0 as 0 before it compares."""


@dataclass(frozen=True, eq=False)
class BoostedModel:
    """booster: a `lightgbm.Booster` that keeps its best rounds only. The raw sum times `scale`
    plus `center` goes through the link."""

    scores: Literal["probability", "value"]
    parameters: Parameters
    booster: Any
    width: int
    link: Link
    center: float = 0.0
    scale: float = 1.0
    threads: int = 1

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores."""
        raw = self.booster.predict(matrix.dense, raw_score=True, num_threads=self.threads)
        values = np.asarray(raw, dtype=np.float64).reshape(len(matrix), self.width)
        return linked(values * self.scale + self.center, self.link)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        trees = read_trees(self.booster.model_to_string(), self.width, self.scale)
        raw = tree_graph(graph, matrix.dense, trees, [self.center] * self.width)
        return graph_linked(graph, raw, self.link)


def read_trees(text: str, width: int, scale: float = 1.0) -> list[Tree]:
    """The trees of LightGBM's text format, tree i adding to value i modulo `width`.

    Source: LightGBM 4, `Tree::ToString` and `Tree::NumericalDecision`.
    """
    blocks = text.split("\nTree=")[1:]
    return [_tree(_fields(block), i % width, width, scale) for i, block in enumerate(blocks)]


def _fields(block: str) -> dict[str, str]:
    lines = block.split("\n\n", 1)[0].split("\n")
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _tree(fields: dict[str, str], target: int, width: int, scale: float) -> Tree:
    leaf_value = np.array(fields["leaf_value"].split(), dtype=np.float64) * scale
    leaves = len(leaf_value)
    inner = leaves - 1
    value = np.zeros((inner + leaves, width))
    value[inner:, target] = leaf_value
    decision = _integers(fields, "decision_type", inner)
    threshold = np.array(fields["threshold"].split() if inner else [], dtype=np.float64)
    threshold[(threshold < 0) & (threshold >= -_ZERO)] = np.nextafter(-_ZERO, -1.0)
    # Where NaN is no value of its own, LightGBM reads it as 0.
    is_missing = ((decision >> 2) & _MISSING_TYPE) == _MISSING_IS_NAN
    missing_left = np.where(is_missing, (decision & _DEFAULT_LEFT) > 0, threshold >= 0)
    nowhere = np.zeros(leaves, dtype=np.int64)
    return Tree(
        np.concatenate([_integers(fields, "split_feature", inner), nowhere + LEAF]),
        np.concatenate([threshold, np.zeros(leaves)]),
        np.concatenate([_child(_integers(fields, "left_child", inner), inner), nowhere]),
        np.concatenate([_child(_integers(fields, "right_child", inner), inner), nowhere]),
        np.concatenate([missing_left, np.zeros(leaves, dtype=np.bool_)]),
        value,
    )


def _integers(fields: dict[str, str], name: str, length: int) -> NDArray[np.int64]:
    return np.array(fields[name].split() if length else [], dtype=np.int64)


def _child(child: NDArray[np.int64], inner: int) -> NDArray[np.int64]:
    """LightGBM numbers leaves as -1, -2, ...; here they follow the inner nodes."""
    return np.where(child < 0, inner - 1 - child, child)
