"""A linear map from histories to items, in closed form."""

import numpy as np

from keel.data.histories import Float32
from keel.train.algorithm import Choice, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.picks import Picks
from keel.train.recommend.item_weights import ItemWeightsModel, item_weights
from keel.train.recommend.weighting import (
    DAMPINGS,
    Weighting,
    read_weighting,
    usual_length,
    weighting_space,
)
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

MOST_ITEMS = 12_000
"""The inverse of a larger table takes minutes and gigabytes: of more items the commonest are
linked, and the others are not recommended."""


class Ease:
    """Predicts each item of a history from its other items by ridge regression, all items at once:
    with P the inverse of the items' cross products plus `penalty`, the weight of j for i is
    -P[j, i] / P[i, i]. A user of n items counts n^-`damping`, relative to a usual one.

    Source: Steck 2019, Embarrassingly shallow autoencoders for sparse data,
    doi:10.1145/3308558.3313710, equation 8.
    """

    name = "ease"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """The penalty counts users."""
        return {
            "penalty": Range(10, 5000, 300, log=True),
            "damping": Choice(DAMPINGS),
            **weighting_space(facts),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Invert. Items fade in the histories that are asked for only: what is learned is which
        items go together, and for that all of a history counts."""
        picks = Picks(self.space(fit.facts), fit.parameters)
        weighting = read_weighting(picks)
        penalty, damping = picks.number("penalty"), picks.number("damping")
        # Cross products hold each weight twice.
        damped = Weighting(
            weighting.by_value, damping=damping / 2, usual=usual_length(fit.histories)
        )
        matrix = damped.matrix(fit.histories).astype(np.float64)
        counts = fit.interactions.item_counts()
        linked = np.sort(np.argsort(-counts, kind="stable")[:MOST_ITEMS])
        chosen = matrix[:, linked].tocsc()
        with fitting(fit.threads):
            weights = _closed_form((chosen.T @ chosen).toarray(), penalty)
        parameters = {
            "penalty": penalty,
            "damping": damping,
            "by_value": weighting.by_value,
            "half_life": weighting.half_life,
            "items": len(linked),
        }
        kept = item_weights(weights, linked, fit.interactions.items)
        return ItemWeightsModel(parameters, weighting, kept)


def _closed_form(products: np.ndarray, penalty: float) -> Float32:
    from scipy.linalg import lapack

    diagonal = np.diag_indices(len(products))
    products[diagonal] += penalty
    factor, _ = lapack.dpotrf(products, lower=False, overwrite_a=True)
    inverse, _ = lapack.dpotri(factor, lower=False, overwrite_c=True)
    upper = np.triu(inverse, 1)
    whole = upper + upper.T
    whole[diagonal] = np.diagonal(inverse)
    weights = whole / -np.diagonal(whole)
    weights[diagonal] = 0.0
    return np.asarray(weights, dtype=np.float32)


RECOMMENDER = Ease()
