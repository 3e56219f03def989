"""Layers of self-attention that look back only, natively and inside a graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keel.train.export.graph import Graph
from keel.train.matrix import Float32

FAR = np.float32(-1e9)
"""What is added to how much a place looks at one that it must not see."""

EPSILON = 1e-5


@dataclass(frozen=True, eq=False)
class Norm:
    """Layer normalisation: scale and shift, [k] each. Source: Ba, Kiros and Hinton 2016."""

    scale: Float32
    shift: Float32

    def apply(self, x: Float32) -> Float32:
        """[..., k] with mean 0 and variance 1 along k, then scaled and shifted."""
        from_mean = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(from_mean).mean(axis=-1, keepdims=True) + EPSILON)
        return np.asarray(from_mean / spread * self.scale + self.shift, dtype=np.float32)

    def graph(self, graph: Graph, x: str) -> str:
        """The same inside the graph."""
        scale, shift = graph.float32(self.scale), graph.float32(self.shift)
        return graph.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=EPSILON)


@dataclass(frozen=True, eq=False)
class Linear:
    """weight: [k, h]. bias: [h]."""

    weight: Float32
    bias: Float32

    def apply(self, x: Float32) -> Float32:
        """[..., h]."""
        return np.asarray(x @ self.weight + self.bias, dtype=np.float32)

    def graph(self, graph: Graph, x: str) -> str:
        """The same inside the graph."""
        product = graph.node("MatMul", x, graph.float32(self.weight))
        return graph.node("Add", product, graph.float32(self.bias))


@dataclass(frozen=True, eq=False)
class Block:
    """One layer: attention with one head, then two linear maps with a rectifier between; both add
    to what comes in, which is normalised first.

    Source: Vaswani et al. 2017, Attention is all you need, section 3; normalised first: Xiong et
    al. 2020, On layer normalization in the transformer architecture.
    """

    before: Norm
    query: Linear
    key: Linear
    value: Linear
    mixed: Linear
    between: Norm
    wide: Linear
    narrow: Linear

    def apply(self, x: Float32, hidden: Float32) -> Float32:
        """[n, L, k]. hidden: [n, L, L], `FAR` where a place must not look."""
        rows = self.before.apply(x)
        query, key, value = (each.apply(rows) for each in (self.query, self.key, self.value))
        looks = query @ key.transpose(0, 2, 1) * np.float32(x.shape[-1] ** -0.5) + hidden
        looks = np.exp(looks - looks.max(axis=-1, keepdims=True))
        looks /= looks.sum(axis=-1, keepdims=True)
        x = x + self.mixed.apply(looks @ value)
        bent = np.maximum(self.wide.apply(self.between.apply(x)), 0.0)
        return np.asarray(x + self.narrow.apply(bent), dtype=np.float32)

    def graph(self, graph: Graph, x: str, hidden: str) -> str:
        """The same inside the graph."""
        rows = self.before.graph(graph, x)
        query, key, value = (e.graph(graph, rows) for e in (self.query, self.key, self.value))
        across = graph.node("Transpose", key, perm=[0, 2, 1])
        scale = graph.float32(len(self.query.bias) ** -0.5)
        looks = graph.node("Mul", graph.node("MatMul", query, across), scale)
        share = graph.node("Softmax", graph.node("Add", looks, hidden), axis=-1)
        x = graph.node("Add", x, self.mixed.graph(graph, graph.node("MatMul", share, value)))
        bent = graph.node("Relu", self.wide.graph(graph, self.between.graph(graph, x)))
        return graph.node("Add", x, self.narrow.graph(graph, bent))


def looking_back(known: NDArray[np.bool_]) -> Float32:
    """[n, L, L]: 0 where place i may look at place j (itself, and what is known and earlier), `FAR`
    elsewhere. known: [n, L]."""
    length = known.shape[1]
    earlier = np.tril(np.ones((length, length), dtype=bool))
    allowed = earlier & (known[:, None, :] | np.eye(length, dtype=bool))
    return np.where(allowed, np.float32(0), FAR)


def looking_back_graph(graph: Graph, known: str, length: int) -> str:
    """The same inside the graph. known: BOOL [n, L]."""
    earlier = graph.constant(np.tril(np.ones((length, length), dtype=bool)))
    across = graph.node("Unsqueeze", known, graph.int64([1]))
    seen = graph.node("Or", across, graph.constant(np.eye(length, dtype=bool)))
    allowed = graph.node("And", seen, earlier)
    return graph.node("Where", allowed, graph.float32(0.0), graph.float32(FAR))
