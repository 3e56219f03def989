"""Autoencoder: how badly a row is restored after it was squeezed through a narrow layer."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.algorithm import Choice, Facts, Fit, FittedModel, Needs, Parameters, Range, Space
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix
from keel.train.models.blocks import in_blocks
from keel.train.models.deep import lacks_torch, torch_fitting
from keel.train.models.drawn_rows import drawn_rows
from keel.train.models.linear import LARGEST, double, to_float
from keel.train.models.picks import Picks, facts_of

Float64 = NDArray[np.float64]

FEWEST_ROWS = 64
MOST_ROWS = 100_000
BATCH_ROWS = 32
WEIGHT_DECAY = 1e-5
FARTHEST = 1e6
"""Inputs are held within this many deviations, so that an absurd one gives no infinity."""

_BLOCK_ROWS = 8192


class Autoencoder:
    """Layers that narrow and widen again, with batch normalisation and dropout while fitting. The
    score is the root mean squared difference between the row and what comes out.

    PyTorch fits it; the layers are then plain matrices, and answers need no PyTorch.

    Source: Hinton & Salakhutdinov (2006), Reducing the dimensionality of data with neural
    networks, doi:10.1126/science.1127647; Sakurada & Yairi (2014), Anomaly detection using
    autoencoders with nonlinear dimensionality reduction, doi:10.1145/2689746.2689747; layers and
    schedule as in PyOD.
    """

    name = "autoencoder"
    tasks = frozenset({TaskName.DETECT})
    needs = Needs(recurring=True, categories=("frequency",))

    def skip(self, facts: Facts) -> str | None:
        """PyTorch is not there, or too few rows are."""
        missing = lacks_torch()
        if missing is not None:
            return missing
        if facts.rows < FEWEST_ROWS:
            return f"{facts.rows} rows: it learns nothing reliable from fewer than {FEWEST_ROWS}"
        return None

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Widths on the way to the narrowest layer."""
        return {
            "hidden": Choice(("64-32", "32-8", "128-64-16")),
            "epochs": Range(5, 50, 10, whole=True),
            "learning_rate": Range(3e-4, 1e-2, 1e-3, log=True),
            "dropout": Range(0.0, 0.5, 0.2),
        }

    def fit(self, fit: Fit) -> FittedModel:
        """Learn to restore the rows, at most 100,000 of them drawn with the seed."""
        picks = Picks(self.space(facts_of(fit)), fit.parameters)
        widths = [int(width) for width in picks.word("hidden").split("-")]
        rows = drawn_rows(len(fit.matrix), MOST_ROWS, fit.seed)
        dense = np.clip(fit.matrix.dense[rows], -FARTHEST, FARTHEST)
        with torch_fitting(fit.seed, fit.threads):
            network = _network(dense.shape[1], widths, picks.number("dropout"))
            _learn(network, dense, picks.whole("epochs"), picks.number("learning_rate"))
            weights, biases = _layers(network)
        parameters: Parameters = {
            "hidden": picks.word("hidden"),
            "epochs": picks.whole("epochs"),
            "learning_rate": picks.number("learning_rate"),
            "dropout": picks.number("dropout"),
            "batch_rows": BATCH_ROWS,
            "weight_decay": WEIGHT_DECAY,
            "fitted_rows": len(rows),
            "farthest": FARTHEST,
        }
        return RestoringModel("anomaly", parameters, weights, biases)


@dataclass(frozen=True, eq=False)
class RestoringModel:
    """weights: [inputs, outputs] per layer. biases: [outputs] per layer. Rectified between."""

    scores: Literal["anomaly"]
    parameters: Parameters
    weights: tuple[Float64, ...]
    biases: tuple[Float64, ...]

    def predict(self, matrix: Matrix) -> Float32:
        """[n, 1] root mean squared differences."""
        return in_blocks(matrix.dense, _BLOCK_ROWS, self._block)

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph."""
        limits = graph.float64(-FARTHEST), graph.float64(FARTHEST)
        rows = graph.node("Clip", double(graph, matrix.dense), *limits)
        values = rows
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = graph.node("Relu", values) if layer else values
            values = graph.node("MatMul", values, graph.constant(weight))
            values = graph.node("Add", values, graph.constant(bias))
        apart = graph.node("Sub", values, rows)
        squared = graph.node("Mul", apart, apart)
        mean = graph.node("ReduceMean", squared, graph.int64([1]), keepdims=1)
        return to_float(graph, graph.node("Sqrt", mean))

    def _block(self, dense: Float32) -> Float32:
        rows = np.clip(dense.astype(np.float64), -FARTHEST, FARTHEST)
        values = rows
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = (np.maximum(values, 0.0) if layer else values) @ weight + bias
        mean = np.square(values - rows).mean(axis=1, keepdims=True)
        return np.asarray(np.minimum(np.sqrt(mean), LARGEST), dtype=np.float32)


def _network(columns: int, widths: list[int], dropout: float) -> Any:
    from torch import nn

    around = [columns, *widths, *widths[-2::-1]]
    parts: list[nn.Module] = []
    for before, after in pairwise(around):
        layer = nn.Linear(before, after)
        nn.init.kaiming_uniform_(layer.weight)
        parts += [layer, nn.BatchNorm1d(after), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*parts, nn.Linear(around[-1], columns))


def _learn(network: Any, dense: Float32, epochs: int, learning_rate: float) -> None:
    import torch
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler

    rows = torch.from_numpy(np.ascontiguousarray(dense))
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate, weight_decay=WEIGHT_DECAY)
    # Whole batches only: batch normalisation cannot take a last one of a single row.
    batches = BatchSampler(RandomSampler(rows), min(BATCH_ROWS, len(rows)), drop_last=True)
    network.train()
    for _ in range(epochs):
        for batch in DataLoader(rows, sampler=batches, batch_size=None):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(network(batch), batch)
            loss.backward()
            optimizer.step()
    network.eval()


def _layers(network: Any) -> tuple[tuple[Float64, ...], tuple[Float64, ...]]:
    """Plain matrices: what batch normalisation does once it is fitted is a scale and a shift."""
    from torch import nn

    weights, biases = [], []
    for part in network:
        if isinstance(part, nn.Linear):
            weights.append(_array(part.weight).T)
            biases.append(_array(part.bias))
        elif isinstance(part, nn.BatchNorm1d):
            scale = _array(part.weight) / np.sqrt(_array(part.running_var) + part.eps)
            weights[-1] = weights[-1] * scale
            biases[-1] = (biases[-1] - _array(part.running_mean)) * scale + _array(part.bias)
    return tuple(np.ascontiguousarray(weight) for weight in weights), tuple(biases)


def _array(tensor: Any) -> Float64:
    return np.asarray(tensor.detach().numpy(), dtype=np.float64)


ALGORITHM = Autoencoder()
