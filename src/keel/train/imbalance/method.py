"""The seam of imbalance: what is done to a fold's fitting rows when classes are rare."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from keel.train import imbalance as folder
from keel.train.algorithm import Facts
from keel.train.matrix import Matrix

Labels = NDArray[np.int64]
Resampled = tuple[Matrix, Labels, NDArray[np.float64] | None]
"""Fitting rows, their codes, and their weights or None."""

ORDER = (
    "none",
    "class_weight",
    "under_sample",
    "over_sample",
    "smote",
    "adasyn",
    "balanced_bagging",
)
"""The least intrusive first."""


class Method(Protocol):
    """One way to treat imbalance. One file per method in this folder, found by its place.

    It is given the rows that a model is fitted on and nothing else: validation, calibration and
    thresholds see classes in their natural shares.
    """

    @property
    def name(self) -> str:
        """Its word in a declaration: `over_sample`."""
        ...

    @property
    def bags(self) -> int:
        """How many models are fitted, each on a draw of its own, and averaged; usually 1."""
        ...

    def skip(self, facts: Facts, counts: Labels) -> str | None:
        """Why it cannot apply here, in one sentence; None if it can. counts: rows per class."""
        ...

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:
        """The rows to fit on instead. Never fails on a fold that lacks a class."""
        ...


@cache
def methods() -> Mapping[str, Method]:
    """Every method by name, in `ORDER`; what is not listed there comes last."""
    found: dict[str, Method] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        method = getattr(
            importlib.import_module(f"{folder.__name__}.{module.name}"), "METHOD", None
        )
        if method is not None:
            found[method.name] = method
    return {name: found[name] for name in sorted(found, key=lambda n: (intrusion(n), n))}


def intrusion(name: str) -> int:
    """The place of a method in `ORDER`; one that is not listed comes last."""
    return ORDER.index(name) if name in ORDER else len(ORDER)
