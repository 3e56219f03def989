"""Invented rows of the rare classes, between real ones."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from keel.errors import MissingExtra
from keel.train.algorithm import Facts
from keel.train.imbalance.method import Labels, Resampled
from keel.train.imbalance.mixed import Mixed, read_mixed
from keel.train.matrix import Matrix
from keel.train.models.fitting import fitting

NEIGHBOURS = 5
MOST_ROWS = 200_000


class Smote:
    """New rows on the lines between a row of a rare class and its nearest of the same class, until
    all classes are of one size. Categories take the neighbours' most common one (SMOTE-NC; SMOTE-N
    where nothing else is there). A missing number counts as the median while neighbours are
    sought, and is not invented.

    Source: Chawla, Bowyer, Hall & Kegelmeyer (2002), SMOTE: synthetic minority over-sampling
    technique, sections 4 and 6.
    """

    name = "smote"
    bags = 1

    def skip(self, facts: Facts, counts: Labels) -> str | None:
        """No package, text, too few or too many rows."""
        return skip_synthetic(facts, counts, "SMOTE")

    def apply(self, matrix: Matrix, label: Labels, seed: int) -> Resampled:
        """All rows, then the invented ones. Raises MissingExtra."""
        mixed = read_mixed(matrix)
        seen, counts = np.unique(label, return_counts=True)
        wanted = {
            int(code): int(counts.max())
            for code, count in zip(seen, counts, strict=True)
            if 1 < count < counts.max()
        }
        if not wanted:
            return matrix, label, None
        smallest = int(min(count for count in counts if count > 1))
        with fitting():
            sampler = _sampler(mixed, wanted, min(NEIGHBOURS, smallest - 1), seed)
            values, codes = sampler.fit_resample(mixed.values, label)
        return append_synthetic(matrix, label, mixed, values, codes)


def skip_synthetic(facts: Facts, counts: Labels, what: str) -> str | None:
    """What stops every method that invents rows."""
    if find_spec("imblearn") is None:
        return str(MissingExtra(what, "imbalance"))
    if facts.has_text:
        return f"{what} cannot invent text"
    if counts.min() <= NEIGHBOURS:
        return (
            f"the rarest class has {counts.min()} rows, and {what} needs more than {NEIGHBOURS} "
            "to look between"
        )
    if counts.sum() > MOST_ROWS:
        return f"{counts.sum()} rows: neighbours are too slow to find above {MOST_ROWS}"
    return None


def append_synthetic(
    matrix: Matrix, label: Labels, mixed: Mixed, values: Any, codes: Any
) -> Resampled:
    """The rows as they were, then those that a sampler put after them."""
    invented = mixed.matrix_of(np.asarray(values[len(label) :], dtype=np.float64))
    return (
        Matrix(np.concatenate([matrix.dense, invented]), None, matrix.names),
        np.asarray(codes, dtype=np.int64),
        None,
    )


def _sampler(mixed: Mixed, wanted: dict[int, int], neighbours: int, seed: int) -> Any:
    try:
        from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
    except ImportError as error:
        raise MissingExtra("SMOTE", "imbalance") from error

    chosen = {"sampling_strategy": wanted, "k_neighbors": neighbours, "random_state": seed}
    if not mixed.groups:
        return SMOTE(**chosen)
    if not mixed.numbers:
        return SMOTEN(**chosen)
    places = list(range(len(mixed.numbers), len(mixed.numbers) + len(mixed.groups)))
    return SMOTENC(categorical_features=places, **chosen)


METHOD = Smote()
