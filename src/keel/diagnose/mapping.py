"""Which item stands behind each id of a version that answers, held against how it should answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from keel.data.histories import Float32, Histories
from keel.data.interactions import Codes
from keel.diagnose.context import Context
from keel.diagnose.situation import Scorer

MOST_ITEMS = 3000
CLOSER = 0.1
"""Another item is taken for the one behind an id if its traits are ten times as near."""

_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Mapping:
    """into, out: [items] the item whose place an id takes in a history, and in an answer."""

    into: Codes
    out: Codes

    def moved(self, counts: Codes) -> NDArray[np.bool_]:
        """[items] which used ids stand for another item, either way."""
        own = np.arange(len(self.into))
        away: NDArray[np.bool_] = ((self.into != own) | (self.out != own)) & (counts > 0)
        return away

    def offset(self, counts: Codes) -> tuple[int, float]:
        """The commonest distance from an id to what it stands for, and its share of those moved."""
        own = np.arange(len(self.into))
        away = np.concatenate(
            [(to - own)[(to != own) & (counts > 0)] for to in (self.into, self.out)]
        )
        if not len(away):
            return 0, 0.0
        steps, many = np.unique(away, return_counts=True)
        return int(steps[many.argmax()]), float(many.max() / len(away))


def recover(context: Context) -> Mapping | None:
    """From what follows from each item alone: a renamed item keeps the mean, the spread and the
    largest of the scores that it gives to others and gets from them. None for large catalogues.
    """
    if context.events.catalogue > MOST_ITEMS:
        return None
    given = _alone(context.situation.model.scores, context.events.catalogue)
    expected = _alone(context.trial.reference.fitted.scores, context.events.catalogue)
    return Mapping(
        _match(_traits(given, 1), _traits(expected, 1)),
        _match(_traits(given, 0), _traits(expected, 0)),
    )


def _alone(scores: Scorer, items: int) -> Float32:
    """[items, items] scores for histories of one item."""
    rows = []
    for start in range(0, items, _BLOCK):
        item = np.arange(start, min(start + _BLOCK, items))
        value = np.ones(len(item), dtype=np.float32)
        rows.append(scores(Histories(np.arange(len(item) + 1), item, value, items)))
    return np.concatenate(rows)


def _traits(scores: Float32, axis: int) -> NDArray[np.float64]:
    wide = np.nan_to_num(scores.astype(np.float64), neginf=0.0)
    traits = [wide.mean(axis), wide.std(axis), wide.max(axis), wide.min(axis)]
    return np.stack(traits, axis=1)


def _match(given: NDArray[np.float64], expected: NDArray[np.float64]) -> Codes:
    scale = np.maximum(expected.std(axis=0), 1e-12)
    given, expected = given / scale, expected / scale
    distance, nearest = KDTree(expected).query(given)
    own = np.linalg.norm(given - expected, axis=1)
    kept = np.where(distance < CLOSER * own, nearest, np.arange(len(given)))
    return kept.astype(np.int64)
