"""Why an item is shown: what of the history speaks for it, the labels they share, or popularity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.data.histories import Float32
from keel.data.interactions import Codes
from keel.train.recommend.item_links import ItemLinks

Name = TypeVar("Name")

MOST = 2
"""How many items and labels a reason names."""

LATEST = 500
"""Of a longer history the latest items speak."""

POPULAR = 0.05
"""The share of the items used at all that are popular."""


@dataclass(frozen=True)
class Reason:
    """because: codes of items of the history that speak for the item, the strongest first. labels:
    those of the item that the history has more of than the catalogue. popular: whether many use
    it."""

    because: tuple[int, ...]
    labels: tuple[str, ...]
    popular: bool

    def sentence(self, title: Callable[[int], str]) -> str:
        """The strongest of them in words. title: what an item is called."""
        if self.because:
            return f"because you chose {' and '.join(title(code) for code in self.because)}"
        if self.labels:
            return f"{' and '.join(self.labels)}, as much of what you chose"
        return "popular" if self.popular else "the best of what the model knows of you"


@dataclass(frozen=True, eq=False)
class Grounds:
    """What reasons are made from. labels: [items, g] of 0 and 1. share: [g] of the items that have
    each. popular: [items]."""

    links: ItemLinks
    labels: sparse.csr_matrix
    label_names: tuple[str, ...]
    share: Float32
    popular: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        links: ItemLinks,
        counts: Codes,
        labels: sparse.csr_matrix | None = None,
        label_names: tuple[str, ...] = (),
    ) -> "Grounds":
        """counts: [items] how many users used each. labels, label_names: of `read_labels`."""
        held = sparse.csr_matrix((len(counts), 0)) if labels is None else labels
        share = np.asarray(held.mean(axis=0), dtype=np.float32).ravel()
        used = counts[counts > 0]
        border = np.quantile(used, 1 - POPULAR) if len(used) else np.inf
        return cls(links, held, label_names, share, (counts >= border) & (counts > 0))


def reasons(items: Codes, history: Codes, grounds: Grounds) -> tuple[Reason, ...]:
    """A reason for each of n items that are shown to a user with this history.

    items: [n] codes without `NOTHING`. history: [h] codes, the oldest first, those alone that
    speak for more like them (what was disliked does not).
    """
    history = history[-LATEST:]
    because = _because(items, history, grounds.links)
    labels = _labels(items, history, grounds)
    popular = grounds.popular[items].tolist()
    return tuple(
        Reason(*each)
        for each in zip(because, labels, popular, strict=True)  # noqa: RUF100
    )


def _because(items: Codes, history: Codes, links: ItemLinks) -> list[tuple[int, ...]]:
    if not len(history):
        return [()] * len(items)
    return _strongest(links.among(history, items), history.tolist())


def _labels(items: Codes, history: Codes, grounds: Grounds) -> list[tuple[str, ...]]:
    if not grounds.label_names or not len(history):
        return [()] * len(items)
    own = np.asarray(grounds.labels[history].mean(axis=0)).ravel()
    lift = np.where(own > grounds.share, own / np.maximum(grounds.share, 1e-9), 0.0)
    strength = grounds.labels[items].toarray() * lift
    return _strongest(strength.T, grounds.label_names)


def _strongest(strength: NDArray[np.floating], names: Sequence[Name]) -> list[tuple[Name, ...]]:
    """For each column the names of the rows with the largest numbers above zero, at most `MOST`;
    the rows are overwritten."""
    column = np.arange(strength.shape[1])
    found: list[tuple[Name, ...]] = [()] * strength.shape[1]
    for _ in range(min(MOST, len(names))):
        row = strength.argmax(axis=0)
        tells = (strength[row, column] > 0).tolist()
        strength[row, column] = 0.0
        found = [
            (*before, names[at]) if told else before
            for before, at, told in zip(found, row.tolist(), tells, strict=True)
        ]
    return found
