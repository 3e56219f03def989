"""Fits on the classes that the rows hold, and answers for all of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keel.train.algorithm import Fit, FittedModel, Parameters, Scores
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.constant_model import ConstantModel


def on_seen_classes(
    fit: Fit, learn: Callable[[Fit], FittedModel], scores: Literal["probability", "decision"]
) -> FittedModel:
    """What `learn` makes of `fit`, whatever classes its rows hold.

    The rows of a fold may lack a rare class. `learn` then sees codes without a gap; an unseen
    class gets probability 0, or a decision value one below the lowest. One class alone is
    answered always.
    """
    seen, codes = np.unique(fit.label, return_inverse=True)
    if len(seen) == fit.classes:
        return learn(fit)
    if len(seen) == 1:
        return _one_class(scores, int(seen[0]), fit.classes)
    validation = fit.validation
    if validation is not None:
        matrix, label = validation
        known = np.flatnonzero(np.isin(label, seen))
        label = np.searchsorted(seen, label[known])
        validation = (matrix.take(known), label) if len(known) else None
    model = learn(replace(fit, label=codes, classes=len(seen), validation=validation))
    return SeenClasses(model, seen.astype(np.int64), fit.classes)


@dataclass(frozen=True, eq=False)
class SeenClasses:
    """A model of `seen` codes that answers for `classes`."""

    inner: FittedModel
    seen: NDArray[np.int64]
    classes: int

    @property
    def scores(self) -> Scores:
        """Those of the inner model."""
        return self.inner.scores

    @property
    def parameters(self) -> Parameters:
        """Those of the inner model, and how many classes it has seen."""
        return {**self.inner.parameters, "seen_classes": len(self.seen)}

    def predict(self, matrix: Matrix) -> Float32:
        """[n, classes] scores."""
        scores = self.inner.predict(matrix)
        if scores.shape[1] == 1:
            scores = np.hstack([-scores, scores])
        lowest = scores.min(axis=1, keepdims=True) - 1
        unseen = np.zeros_like(lowest) if self.scores == "probability" else lowest
        return np.hstack([scores, unseen])[:, self._places()]

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        scores = self.inner.graph(graph, matrix)
        if self.scores == "decision" and len(self.seen) == 2:
            scores = graph.node("Concat", graph.node("Neg", scores), scores, axis=1)
        lowest = graph.node("ReduceMin", scores, graph.int64([1]), keepdims=1)
        unseen = (
            graph.node("Sub", lowest, lowest)
            if self.scores == "probability"
            else graph.node("Sub", lowest, graph.float32(1.0))
        )
        both = graph.node("Concat", scores, unseen, axis=1)
        return graph.node("Gather", both, graph.int64(self._places()), axis=1)

    def _places(self) -> NDArray[np.int64]:
        places = np.full(self.classes, len(self.seen), dtype=np.int64)
        places[self.seen] = np.arange(len(self.seen))
        return places


def _one_class(scores: Literal["probability", "decision"], code: int, classes: int) -> FittedModel:
    if scores == "decision" and classes == 2:
        row = np.asarray([2 * code - 1], dtype=np.float32)
    else:
        row = np.full(classes, -1.0 if scores == "decision" else 0.0, dtype=np.float32)
        row[code] = 1
    return ConstantModel(scores, {"only_class": code}, row)
