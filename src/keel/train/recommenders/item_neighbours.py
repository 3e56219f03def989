"""Items that the same users use."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.train.algorithm import Choice, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.picks import Picks
from keel.train.recommend.item_weights import DENSE_ITEMS, LINKS, ItemWeightsModel, largest
from keel.train.recommend.weighting import Weighting, read_weighting, weighting_space
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

_BLOCK = 256


class ItemNeighbours:
    """Adds up how alike an item is to those of the history, over its `neighbours` most alike.

    Alike is how often two items share a user, over n(j)^a n(i)^(1 - a) + shrink: the cosine at
    `asymmetry` a = 0.5, the conditional chance of i given j at 1. A user of n items counts
    n^-`damping`: who uses everything says little of what goes together.

    Source: Deshpande and Karypis 2004, doi:10.1145/963770.963776; asymmetric cosine: Aiolli 2013,
    doi:10.1145/2507157.2507189; shrinkage: Bell and Koren 2007, doi:10.1109/ICDM.2007.90.
    """

    name = "item_neighbours"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """More neighbours than the usual 20: they cost little and help."""
        most = max(1, facts.items - 1)
        return {
            "neighbours": Range(min(10, most), min(1000, most), min(100, most), True, True),
            "asymmetry": Range(0.0, 1.0, 0.5),
            "shrink": Range(0.1, 500, 10, log=True),
            "damping": Choice((0.0, 0.5, 1.0)),
            **weighting_space(facts),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Count together, one block of items at a time."""
        picks = Picks(self.space(fit.facts), fit.parameters)
        weighting = read_weighting(picks)
        lengths = np.maximum(fit.histories.lengths, 1).astype(np.float64)
        matrix = Weighting(weighting.by_value).matrix(fit.histories).astype(np.float64)
        with fitting(fit.threads):
            weights = _neighbours(
                sparse.csr_matrix(sparse.diags_array(lengths ** -picks.number("damping")) @ matrix),
                matrix.tocsc(),
                picks.whole("neighbours"),
                picks.number("asymmetry"),
                picks.number("shrink"),
            )
        parameters = {
            "neighbours": picks.whole("neighbours"),
            "asymmetry": picks.number("asymmetry"),
            "shrink": picks.number("shrink"),
            "damping": picks.number("damping"),
            "by_value": weighting.by_value,
            "half_life": weighting.half_life,
        }
        return ItemWeightsModel(parameters, weighting, weights)


def _neighbours(
    damped: sparse.csr_matrix,
    matrix: sparse.csc_matrix,
    neighbours: int,
    asymmetry: float,
    shrink: float,
) -> NDArray[np.float32] | sparse.csr_matrix:
    """[items, items] weights of the row's item for the column's. damped, matrix: [users, items]
    whose products count users together."""
    squared = damped.multiply(matrix).sum(axis=0)
    size = np.maximum(np.asarray(squared).ravel(), 1e-12)
    turned = damped.T.tocsr()
    rows = []
    for start in range(0, matrix.shape[1], _BLOCK):
        stop = min(start + _BLOCK, matrix.shape[1])
        together = (turned @ matrix[:, start:stop]).toarray().T
        together[np.arange(stop - start), np.arange(start, stop)] = 0.0
        scale = size**asymmetry * size[start:stop, None] ** (1 - asymmetry)
        rows.append(largest(together / (scale + shrink), neighbours))
    weights = sparse.vstack(rows, format="csr").T.tocsr()
    if weights.shape[0] <= DENSE_ITEMS:
        return np.asarray(weights.toarray(), dtype=np.float32)
    return _capped(weights)


def _capped(weights: sparse.csr_matrix) -> sparse.csr_matrix:
    """At most `LINKS` weights in a row: the largest."""
    rows = [
        largest(weights[at : at + _BLOCK].toarray(), LINKS)
        for at in range(0, weights.shape[0], _BLOCK)
    ]
    return sparse.csr_matrix(sparse.vstack(rows))


RECOMMENDER = ItemNeighbours()
