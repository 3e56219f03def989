"""The seam of encoders: a group of columns in, numbers out, natively and inside the graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.spec.kinds import Kind
from keel.train.export.graph import Graph
from keel.train.matrix import Float32

Labels = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """What to fit on: n rows of a group of columns as stored in a Table, their labels ([n] codes
    or values), and a seed that settles whatever is random."""

    columns: pl.DataFrame
    label: Labels
    seed: int


class FittedEncoder(Protocol):
    """An encoder that has seen fitting rows. `transform` and `graph` agree to 1e-6."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k output columns."""
        ...

    @property
    def parameters(self) -> Mapping[str, object]:
        """What fitting resolved, in words and numbers that JSON holds."""
        ...

    def transform(self, columns: pl.DataFrame) -> Float32:
        """[n, k] from n rows as stored in a Table. Never raises on a value."""
        ...

    def graph(self, graph: Graph, tensors: Sequence[str]) -> str:
        """The same inside the graph: from the columns' inputs, [n, 1] each, to FLOAT [n, k].

        Inputs: FLOAT with NaN for missing (numbers; booleans as 0 and 1), STRING with "" for
        missing (categories), INT64 microseconds since 1970 in UTC with the smallest INT64 for
        missing (times).
        """
        ...


@runtime_checkable
class CrossFitted(Protocol):
    """A fitted encoder that looked at the label, and so must not answer fitting rows from
    themselves."""

    def transform_fitted(self, columns: pl.DataFrame) -> Float32:
        """`transform` of the very rows it was fitted on, each answered from others."""
        ...


class Encoder(Protocol):
    """How to fit one. One file per encoder in `encoders/`, found by its place there.

    It takes a group of columns of one kind, so that a thousand numbers are one block of
    arithmetic and not a thousand nodes.
    """

    @property
    def name(self) -> str:
        """Its word in plans, parameters and reports: the name of its file."""
        ...

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of column it takes."""
        ...

    def fit(self, sample: Sample) -> FittedEncoder:
        """Learn from the fitting rows."""
        ...


def find_encoder(name: str) -> Encoder:
    """The encoder called `name`. Raises KeyError naming those there are."""
    names = encoder_names()
    if name not in names:
        raise KeyError(f"{name!r} is not an encoder: {', '.join(names)}")
    return cast("Encoder", import_module(f"keel.train.encoders.{name}").ENCODER)


def encoder_names() -> tuple[str, ...]:
    """Names of all encoders, in alphabetical order."""
    folder = import_module("keel.train.encoders").__path__
    return tuple(sorted(module.name for module in iter_modules(folder)))
