"""Factors of users and items for events that say yes and never no."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from keel.data.histories import Float32
from keel.train.algorithm import Choice, Range, Space
from keel.train.models.fitting import fitting
from keel.train.models.picks import Picks
from keel.train.recommend.factor_model import FactorModel, Ridge
from keel.train.recommend.least_squares import Problem, solve
from keel.train.recommend.weighting import (
    DAMPINGS,
    read_weighting,
    usual_length,
    weighting_space,
)
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

STEPS = 3
"""Conjugate-gradient steps from the last round's factors."""


class Als:
    """Matrix factorisation in which every pair counts: what happened with its weight towards 1,
    what did not with `unobserved` towards 0; users and items are solved in turn.

    Source: Hu, Koren and Volinsky 2008, Collaborative filtering for implicit feedback datasets,
    doi:10.1109/ICDM.2008.22; penalty by frequency: see `Ridge`.
    """

    name = "als"
    answers: Scores = "rank"

    def skip(self, facts: Facts) -> str | None:  # noqa: ARG002
        """Never."""
        return None

    def space(self, facts: Facts) -> Space:
        """The penalty is relative to the weight of a row's pairs."""
        most = max(1, min(256, facts.items - 1, facts.users))
        return {
            "factors": Range(min(8, most), most, min(128, most), log=True, whole=True),
            "unobserved": Range(0.03, 1.0, 0.5, log=True),
            "regularisation": Range(1e-3, 0.1, 0.01, log=True),
            "frequency": Choice((1.0, 0.0)),
            "damping": Choice(DAMPINGS),
            "rounds": Choice((15,)),
            **weighting_space(facts),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Alternate. As with EASE, items fade only in the histories that are asked for."""
        return fit_als(fit, Picks(self.space(fit.facts), fit.parameters))


def fit_als(fit: Fit, picks: Picks) -> FactorModel:
    """The factors that `picks` from `Als.space` lead to."""
    damping = picks.number("damping")
    weighting = replace(read_weighting(picks), damping=damping, usual=usual_length(fit.histories))
    matrix = replace(weighting, half_life=None).matrix(fit.histories)
    strength, frequency = picks.number("regularisation"), picks.number("frequency")
    of_users = _ridge(matrix, strength, frequency, picks.number("unobserved"))
    rounds = picks.whole("rounds")
    with fitting(1):
        factors = picks.whole("factors")
        items = _alternate(matrix, factors, of_users, rounds, fit.seed, fit.threads)
        parameters = {
            "factors": factors,
            "unobserved": of_users.unobserved,
            "regularisation": strength,
            "frequency": frequency,
            "damping": damping,
            "rounds": rounds,
            "by_value": weighting.by_value,
            "half_life": weighting.half_life,
        }
        return FactorModel.of(parameters, weighting, items, of_users, fit.histories)


def _ridge(matrix: sparse.csr_matrix, strength: float, frequency: float, empty: float) -> Ridge:
    """For the rows of `matrix`, each pair without an event counting `empty`."""
    typical = float(matrix.sum()) / max(1, matrix.shape[0]) + empty * matrix.shape[1]
    return Ridge(strength, frequency, empty, typical)


def _alternate(
    matrix: sparse.csr_matrix, factors: int, of_users: Ridge, rounds: int, seed: int, threads: int
) -> Float32:
    """[items, k]."""
    turned = matrix.T.tocsr()
    of_items = _ridge(turned, of_users.strength, of_users.frequency, of_users.unobserved)
    random = np.random.default_rng(seed)
    users, items = (
        random.normal(0, factors**-0.5 / 10, (size, factors)).astype(np.float32)
        for size in matrix.shape
    )
    for _ in range(rounds):
        users = _solve(items, matrix, of_users, users, threads)
        items = _solve(users, turned, of_items, items, threads)
    return items


def _solve(
    factors: Float32, matrix: sparse.csr_matrix, ridge: Ridge, start: Float32, threads: int
) -> Float32:
    problem = Problem(factors, np.float32(ridge.unobserved) * (factors.T @ factors))
    observed = np.asarray(matrix.sum(axis=1), dtype=np.float32).ravel()
    each = ridge.of(observed, matrix.shape[1])
    return solve(problem, matrix, each, steps=STEPS, start=start, threads=threads)


RECOMMENDER = Als()
