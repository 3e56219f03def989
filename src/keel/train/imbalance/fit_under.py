"""Fits an algorithm on rows treated by an imbalance method."""

from dataclasses import dataclass, replace

import numpy as np

from keel.train.algorithm import Algorithm, Fit, FittedModel, Parameters, Scores, Value
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.imbalance.method import Method
from keel.train.matrix import Float32, Matrix
from keel.train.models.picks import ROUNDS


def fit_under(method: Method, algorithm: Algorithm, fit: Fit) -> FittedModel:
    """What `algorithm` learns from `fit` after `method` has treated its rows.

    `fit.validation` stays as it is. With several bags the models are averaged.
    """
    if not fit.classes:
        return algorithm.fit(fit)
    if method.bags == 1:
        return _fit_one(method, algorithm, fit, fit.seed)
    seeds = np.random.SeedSequence(fit.seed).generate_state(method.bags)
    return AveragedModel(tuple(_fit_one(method, algorithm, fit, int(seed)) for seed in seeds))


@dataclass(frozen=True, eq=False)
class AveragedModel:
    """Models of one algorithm whose scores are averaged."""

    models: tuple[FittedModel, ...]

    @property
    def scores(self) -> Scores:
        """Those of each."""
        return self.models[0].scores

    @property
    def parameters(self) -> Parameters:
        """Those of the first, how many there are, and the mean of the rounds they kept."""
        chosen: dict[str, Value] = {**self.models[0].parameters, "bags": len(self.models)}
        kept = [model.parameters.get(ROUNDS) for model in self.models]
        rounds = [count for count in kept if isinstance(count, int)]
        if rounds:
            chosen[ROUNDS] = round(sum(rounds) / len(rounds))
        return chosen

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores."""
        total = self.models[0].predict(matrix).astype(np.float64)
        for model in self.models[1:]:
            total += model.predict(matrix)
        return np.asarray(total / len(self.models), dtype=np.float32)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        return graph.node("Mean", *(model.graph(graph, matrix) for model in self.models))


def _fit_one(method: Method, algorithm: Algorithm, fit: Fit, seed: int) -> FittedModel:
    matrix, label, weight = method.apply(fit.matrix, fit.label.astype(np.int64), seed)
    return algorithm.fit(replace(fit, matrix=matrix, label=label, weight=weight, seed=seed))
