"""The seam of calibrators: from a model's scores to probabilities that mean what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from keel.train.export.graph import Graph
from keel.train.matrix import Float32

ScoreKind = Literal["probability", "decision"]


@dataclass(frozen=True, eq=False)
class Scored:
    """Out-of-fold scores at natural prevalence, and the [n] codes of what was true.

    scores: [n, classes] probabilities or decision values, or [n, 1] decision values of two
    classes.
    """

    scores: Float32
    label: NDArray[np.int64]
    kind: ScoreKind

    def take(self, rows: NDArray[np.int64]) -> "Scored":
        """These cases."""
        return Scored(self.scores[rows], self.label[rows], self.kind)


class FittedCalibrator(Protocol):
    """A calibrator that has seen out-of-fold scores. `apply` and `graph` agree to 1e-6."""

    @property
    def name(self) -> str:
        """Its word in a declaration: the name of its file."""
        ...

    @property
    def parameters(self) -> Mapping[str, object]:
        """What fitting resolved, as JSON holds it."""
        ...

    def apply(self, scores: Float32) -> Float32:
        """[n, classes] probabilities, also for two classes, from a model's [n, k] scores."""
        ...

    def graph(self, graph: Graph, scores: str) -> str:
        """The same inside the graph: FLOAT [n, k] to FLOAT [n, classes]."""
        ...


class Calibrator(Protocol):
    """How to fit one. One file per calibrator in `calibrators/`, found by its place there."""

    @property
    def name(self) -> str:
        """Its word in a declaration: the name of its file."""
        ...

    @property
    def least(self) -> int:
        """How many cases of the rarest class it needs."""
        ...

    @property
    def most_classes(self) -> int:
        """How many classes it can take."""
        ...

    def fit(self, scored: Scored) -> FittedCalibrator:
        """Learn from scores of rows that the model was not fitted on."""
        ...


def find_calibrator(name: str) -> Calibrator:
    """The calibrator called `name`. Raises KeyError naming those there are."""
    names = calibrator_names()
    if name not in names:
        raise KeyError(f"{name!r} is not a calibration: auto, {', '.join(names)}")
    return cast("Calibrator", import_module(f"keel.train.calibrators.{name}").CALIBRATOR)


def calibrator_names() -> tuple[str, ...]:
    """Names of all calibrators, in alphabetical order."""
    folder = import_module("keel.train.calibrators").__path__
    return tuple(sorted(module.name for module in iter_modules(folder)))
