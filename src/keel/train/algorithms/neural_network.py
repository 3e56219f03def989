"""A small feed-forward network."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import LABELLED
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Parameters, Range, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.fitting import fitting
from keel.train.models.linear import Link, graph_linked, linked
from keel.train.models.picks import ROUNDS, Picks, facts_of, plain
from keel.train.models.seen_classes import on_seen_classes
from keel.train.models.standard_label import StandardLabel, standard_label

Float64 = NDArray[np.float64]

FEWEST_ROWS = 100
PATIENCE = 8
"""Epochs without a better validation loss before fitting stops."""

UNSTOPPED_ROUNDS = 20
"""Epochs where neither a validation part nor a number was given."""

FARTHEST = 10.0
"""Scaled inputs beyond this many spreads are held there: one absurd value must not decide."""

_BLOCK_ROWS = 65_536


class NeuralNetwork:
    """Rectified layers trained by Adam.

    With a validation part it stops early, keeps the best weights and reports the `rounds` (epochs)
    that gave them; without one it makes the `rounds` of its parameters.

    Source: Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating
    errors; Kingma & Ba (2015), Adam; Prechelt (1998), Early stopping - but when?
    """

    name = "neural_network"
    tasks = LABELLED
    needs = Needs(categories=("onehot", "target"), early_stopping=True)

    def skip(self, facts: Facts) -> str | None:
        """Too few rows."""
        if facts.rows < FEWEST_ROWS:
            return f"{facts.rows} rows: it learns nothing reliable from fewer than {FEWEST_ROWS}"
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """One or two layers."""
        return {
            "hidden": Choice(("64", "32", "128", "64-32", "128-64")),
            "alpha": Range(1e-6, 1.0, 1e-3, log=True),
            "learning_rate": Range(3e-4, 2e-2, 3e-3, log=True),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Fit on the classes that the rows hold."""
        return on_seen_classes(fit, _learn, "probability") if fit.classes else _learn(fit)


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """weights: [inputs, outputs] per layer. biases: [outputs] per layer."""

    scores: Literal["probability", "value"]
    parameters: Parameters
    weights: tuple[Float64, ...]
    biases: tuple[Float64, ...]
    link: Link

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        low, high = graph.float32(-FARTHEST), graph.float32(FARTHEST)
        tensor = graph.node("Clip", matrix.dense, low, high)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            tensor = graph.node("Relu", tensor) if layer else tensor
            tensor = graph.node("Gemm", tensor, graph.float32(weight), graph.float32(bias))
        return graph_linked(graph, tensor, self.link)

    def _block(self, dense: Float32) -> Float32:
        values = np.clip(dense, -FARTHEST, FARTHEST).astype(np.float64)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = (np.maximum(values, 0.0) if layer else values) @ weight + bias
        return linked(values, self.link)


@dataclass
class _Best:
    """The best weights so far."""

    loss: float
    rounds: int
    weights: tuple[Float64, ...]
    biases: tuple[Float64, ...]


def _learn(fit: Fit) -> FittedModel:
    picks = Picks(ALGORITHM.space(facts_of(fit)), fit.parameters)
    label = None if fit.classes else standard_label(fit)
    network = _network(fit, picks)
    with fitting():
        best = _epochs(fit, picks, network, label)
    weights, biases = list(best.weights), list(best.biases)
    if label is not None:
        weights[-1] = weights[-1] * label.scale
        biases[-1] = biases[-1] * label.scale + label.center
    parameters = plain(network.get_params()) | {
        "hidden_layer_sizes": picks.word("hidden"),
        ROUNDS: best.rounds,
        "farthest": FARTHEST,
    }
    return NetworkModel(
        "probability" if fit.classes else "value",
        parameters,
        tuple(weights),
        tuple(biases),
        _link(fit),
    )


def _network(fit: Fit, picks: Picks) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    rows = len(fit.matrix)
    kind = MLPClassifier if fit.classes else MLPRegressor
    return kind(
        hidden_layer_sizes=tuple(int(size) for size in picks.word("hidden").split("-")),
        alpha=picks.number("alpha"),
        learning_rate_init=picks.number("learning_rate"),
        batch_size=min(rows, int(2 ** np.clip(np.round(np.log2(rows / 128)), 5, 10))),
        random_state=fit.seed,
    )


def _epochs(fit: Fit, picks: Picks, network: Any, label: StandardLabel | None) -> _Best:
    dense = _inputs(fit.matrix)
    target = fit.label if label is None else label.values.astype(np.float32)
    classes = {"classes": np.arange(fit.classes)} if fit.classes else {}
    held_out = fit.validation
    most = picks.rounds or (UNSTOPPED_ROUNDS if held_out is None else _most_rounds(fit))
    best = _Best(np.inf, 0, (), ())
    for epoch in range(1, most + 1):
        if epoch == 1 or not fit.classes:
            network.partial_fit(dense, target, sample_weight=fit.weight, **classes)
        else:
            network.partial_fit(dense, target, sample_weight=fit.weight)
        loss = -float(epoch) if held_out is None else _loss(network, held_out, label)
        if loss < best.loss or epoch == 1:
            weights = tuple(weight.astype(np.float64) for weight in network.coefs_)
            biases = tuple(bias.astype(np.float64) for bias in network.intercepts_)
            best = _Best(loss, epoch, weights, biases)
        elif epoch - best.rounds >= PATIENCE:
            break
    return best


def _loss(network: Any, held_out: Any, label: StandardLabel | None) -> float:
    matrix, truth = held_out
    if label is not None:
        return float(np.mean((network.predict(_inputs(matrix)) - label.of(truth)) ** 2))
    probability = network.predict_proba(_inputs(matrix))[np.arange(len(matrix)), truth]
    return float(-np.mean(np.log(np.maximum(probability, 1e-7))))


def _inputs(matrix: Matrix) -> Float32:
    return np.clip(matrix.dense, -FARTHEST, FARTHEST)


def _most_rounds(fit: Fit) -> int:
    return int(np.clip(2e6 / len(fit.matrix), 15, 100))


def _link(fit: Fit) -> Link:
    if not fit.classes:
        return "identity"
    return "sigmoid" if fit.classes == 2 else "softmax"


ALGORITHM = NeuralNetwork()
