"""The seam of algorithms: fit on a matrix, give scores natively and inside a graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from keel.spec.kinds import TaskName
from keel.train.export.graph import Graph, GraphMatrix
from keel.train.matrix import Float32, Matrix

Value = float | int | str | bool | None
Parameters = Mapping[str, Value]


@dataclass(frozen=True)
class Choice:
    """A parameter searched among `options`; the first is the default."""

    options: tuple[Value, ...]


@dataclass(frozen=True)
class Range:
    """A number searched between `low` and `high`, both included; an integer if `whole`."""

    low: float
    high: float
    default: float
    log: bool = False
    whole: bool = False


Space = Mapping[str, Choice | Range]

Scores = Literal["probability", "decision", "value", "anomaly"]
"""What the numbers of a model are."""


@dataclass(frozen=True)
class Facts:
    """What an algorithm may ask of the task before it is tried: sizes of the fitting rows.

    rarest: the share of the rarest class; 1 where there are no classes.
    """

    task: TaskName
    rows: int
    columns: int
    classes: int
    has_text: bool
    all_text: bool
    has_categories: bool = False
    has_sequence: bool = False
    rarest: float = 1.0


@dataclass(frozen=True)
class Needs:
    """What an algorithm wants of its matrix. The search fills the freedom that is left.

    scaled: numbers near zero with unit spread. missing: takes NaN as it is. text: takes the
    sparse counts; others get a projection of them. recurring: of times only what comes round again.
    categories: encoders it works with, the first being the default. early_stopping: uses a
    validation part while fitting, and reports the `rounds` it kept; without that part it makes the
    `rounds` of its parameters. sequence: reads the sequences of its matrix, and skips one without.
    """

    scaled: bool = True
    missing: bool = False
    text: bool = False
    recurring: bool = False
    categories: tuple[Literal["onehot", "ordinal", "target", "frequency"], ...] = ("onehot",)
    early_stopping: bool = False
    sequence: bool = False


@dataclass(frozen=True, eq=False)
class Fit:
    """What to fit on. label: codes or values, zeros for detect; weight: [n] or None. validation:
    rows never fitted on, for early stopping, or None. threads: how many the fit may use."""

    matrix: Matrix
    label: NDArray[np.int64] | NDArray[np.float64]
    weight: NDArray[np.float64] | None
    classes: int
    parameters: Parameters
    seed: int
    threads: int
    validation: "tuple[Matrix, NDArray[np.int64] | NDArray[np.float64]] | None" = None


class FittedModel(Protocol):
    """A model that can answer here and be written into a graph; the two agree to 1e-5.

    Scores are [n, classes] probabilities for classify, or [n, 1] decision values where the
    algorithm gives no probability (binary: positive means class 1; more classes: [n, classes]),
    [n, 1] values for regress, and [n, 1] anomaly scores for detect, higher where a row is odder.
    """

    @property
    def scores(self) -> Scores:
        """What the numbers of `predict` are."""
        ...

    @property
    def parameters(self) -> Parameters:
        """Every parameter as resolved by the library, and what fitting chose (trees kept)."""
        ...

    def predict(self, matrix: Matrix) -> Float32:
        """[n, k] scores."""
        ...

    def graph(self, graph: Graph, matrix: GraphMatrix) -> str:
        """The same inside the graph: a FLOAT [n, k] tensor's name."""
        ...


class Algorithm(Protocol):
    """One way to learn. One file per algorithm in `algorithms/`, found by its place there."""

    @property
    def name(self) -> str:
        """Its word in a declaration: `logistic`."""
        ...

    @property
    def tasks(self) -> frozenset[TaskName]:
        """What it can be asked."""
        ...

    @property
    def needs(self) -> Needs:
        """What it wants of its matrix."""
        ...

    def skip(self, facts: Facts) -> str | None:
        """Why it cannot apply here, in one sentence; None if it can."""
        ...

    def space(self, facts: Facts) -> Space:
        """What is searched, with defaults that are good untouched."""
        ...

    def fit(self, fit: Fit) -> FittedModel:
        """Learn. The same `Fit` gives the same model."""
        ...
