"""Ratings as biases of users and items, and factors of both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keel.data.histories import Float32, Histories
from keel.train.algorithm import Choice, Parameters, Range, Space
from keel.train.export.graph import DOUBLE, FLOAT, Graph
from keel.train.models.fitting import fitting
from keel.train.models.picks import Picks
from keel.train.recommend.graph_history import GraphHistory
from keel.train.recommend.small_systems import solve_small, solve_small_graph
from keel.train.recommender import Facts, Fit, FittedRecommender, Scores

Float64 = NDArray[np.float64]


class BiasedMf:
    """A rating is a mean, plus what the user and the item add, plus the product of their factors,
    plus noise. How far biases and factors stray is learned with them (variational Bayes, users
    and items in turn), so that no penalty is tuned and those with few ratings stay near the mean.

    Source: Koren, Bell and Volinsky 2009, Matrix factorization techniques for recommender systems,
    doi:10.1109/MC.2009.263, equation 5; fit: Lim and Teh 2007, Variational Bayesian approach to
    movie rating prediction, section 3, with the biases as one more coordinate.
    """

    name = "biased_mf"
    answers: Scores = "rating"

    def skip(self, facts: Facts) -> str | None:
        """No ratings."""
        return None if facts.has_value else "events have no value to predict"

    def space(self, facts: Facts) -> Space:  # noqa: ARG002
        """Few factors: spare ones shrink away, but slowly."""
        return {
            "factors": Range(2, 32, 10, log=True, whole=True),
            "rounds": Choice((15,)),
        }

    def fit(self, fit: Fit) -> FittedRecommender:
        """Alternate."""
        picks = Picks(self.space(fit.facts), fit.parameters)
        factors, rounds = picks.whole("factors"), picks.whole("rounds")
        held = fit.histories
        ratings = held.matrix(held.value).astype(np.float64)
        mean = float(ratings.data.mean()) if ratings.nnz else 0.0
        ratings.data -= mean
        with fitting(1):
            users, items, noise = _alternate(ratings, factors, rounds, fit.seed)
        low, high = (float(bound(held.value, initial=mean)) for bound in (np.min, np.max))
        parameters = {
            "factors": factors,
            "rounds": rounds,
            "mean": mean,
            "noise": float(np.sqrt(noise)),
            "lowest": low,
            "highest": high,
        }
        return BiasedMfModel(
            parameters, mean, noise, users.precision, items.mean, _moments(items), (low, high)
        )


@dataclass(frozen=True, eq=False)
class _Side:
    """What is believed of users, or of items. mean: [n, k + 1], the bias first. covariance:
    [n, k + 1, k + 1]. precision: [k + 1] of what they were believed to be beforehand."""

    mean: Float64
    covariance: Float64
    precision: Float64


@dataclass(frozen=True, eq=False)
class _Moments:
    """Of what the other side is multiplied with: one, then the factors. square: [n, k + 1, k + 1].
    shift: [n, k + 1], the mean of that times the bias. bias: [n] mean; bias_square: [n]."""

    square: Float64
    shift: Float64
    bias: Float64
    bias_square: Float64


@dataclass(frozen=True, eq=False)
class BiasedMfModel:
    """items: [items, k + 1], the bias first. precision: [k + 1] of users. scale: the lowest and
    the highest rating there was, which predictions keep to."""

    parameters: Parameters
    mean: float
    noise: float
    precision: Float64
    items: Float64
    moments: _Moments
    scale: tuple[float, float]

    def scores(self, histories: Histories) -> Float32:
        """[n, items] ratings. Values of the histories are ratings."""
        known = histories.matrix().astype(np.float64)
        ratings = histories.matrix(histories.value - np.float32(self.mean)).astype(np.float64)
        size = self.items.shape[1]
        square = (known @ self.moments.square.reshape(-1, size * size)).reshape(-1, size, size)
        side = ratings @ self._loads - known @ self.moments.shift
        user = solve_small(square / self.noise, self.precision, side / self.noise)
        return np.asarray(np.clip(user @ self._loads.T + self._base, *self.scale), dtype=np.float32)

    def graph(self, graph: Graph, history: GraphHistory) -> str:
        """The same inside the graph, in double precision: the systems are small."""
        size = self.items.shape[1]
        known = graph.node("Cast", history.known, to=DOUBLE)
        from_mean = graph.node("Sub", history.value, graph.float32(self.mean))
        rating = graph.node("Mul", graph.node("Cast", from_mean, to=DOUBLE), known)

        def pooled(weight: str, table: Float64) -> str:
            rows = graph.node("Gather", graph.float64(table), history.item, axis=0)
            row = graph.node("Unsqueeze", weight, graph.int64([1]))
            return graph.node("Squeeze", graph.node("MatMul", row, rows), graph.int64([1]))

        squares = pooled(known, self.moments.square.reshape(-1, size * size) / self.noise)
        matrix = graph.node("Reshape", squares, graph.int64([-1, size, size]))
        side = graph.node(
            "Sub",
            pooled(rating, self._loads / self.noise),
            pooled(known, self.moments.shift / self.noise),
        )
        user = solve_small_graph(graph, matrix, self.precision, side)
        product = graph.node("MatMul", user, graph.float64(self._loads.T))
        rated = graph.node("Add", product, graph.float64(self._base))
        low, high = (graph.float64(bound) for bound in self.scale)
        return graph.node("Cast", graph.node("Clip", rated, low, high), to=FLOAT)

    @property
    def _loads(self) -> Float64:
        return _loads(self.items)

    @property
    def _base(self) -> Float64:
        return self.mean + self.items[:, 0]


def _alternate(
    ratings: sparse.csr_matrix, factors: int, rounds: int, seed: int
) -> tuple[_Side, _Side, float]:
    """Users, items and the variance of the noise, from ratings less their mean."""
    turned = ratings.T.tocsr()
    random = np.random.default_rng(seed)
    users, items = (_start(size, factors, random) for size in ratings.shape)
    noise = float(np.mean(ratings.data**2)) if ratings.nnz else 1.0
    for _ in range(rounds):
        users, _ = _believe(ratings, _moments(items), users.precision, noise)
        users = _learn_precision(users, ratings)
        items, error = _believe(turned, _moments(users), items.precision, noise)
        items = _learn_precision(items, turned)
        noise = max(error, 1e-6)
    return users, items, noise


def _start(size: int, factors: int, random: np.random.Generator) -> _Side:
    mean = random.normal(0.0, 0.1, (size, factors + 1))
    mean[:, 0] = 0.0
    return _Side(mean, np.zeros((size, factors + 1, factors + 1)), np.ones(factors + 1))


def _loads(mean: Float64) -> Float64:
    """What the other side's bias and factors are multiplied with."""
    return np.hstack([np.ones((len(mean), 1)), mean[:, 1:]])


def _moments(side: _Side) -> _Moments:
    loads, bias = _loads(side.mean), side.mean[:, 0]
    square = loads[:, :, None] * loads[:, None, :]
    square[:, 1:, 1:] += side.covariance[:, 1:, 1:]
    shift = loads * bias[:, None]
    shift[:, 1:] += side.covariance[:, 1:, 0]
    return _Moments(square, shift, bias, bias**2 + side.covariance[:, 0, 0])


def _believe(
    ratings: sparse.csr_matrix, other: _Moments, precision: Float64, noise: float
) -> tuple[_Side, float]:
    """One side given the other, and the mean squared error that both together expect."""
    known = ratings.copy()
    known.data = np.ones_like(known.data)
    size = len(precision)
    square = (known @ other.square.reshape(-1, size * size)).reshape(-1, size, size)
    loads = np.hstack([np.ones((len(other.bias), 1)), other.square[:, 0, 1:]])
    aimed, shift = ratings @ loads, known @ other.shift
    covariance: Float64 = np.asarray(np.linalg.inv(np.diag(precision) + square / noise))
    mean = np.einsum("nij,nj->ni", covariance, (aimed - shift) / noise)
    second = covariance + mean[:, :, None] * mean[:, None, :]
    error = (
        float(ratings.data @ ratings.data)
        - 2 * float((mean * aimed).sum())
        - 2 * float((ratings @ other.bias).sum())
        + float((second * square).sum())
        + 2 * float((mean * shift).sum())
        + float((known @ other.bias_square).sum())
    )
    return _Side(mean, covariance, precision), error / max(1, ratings.nnz)


def _learn_precision(side: _Side, ratings: sparse.csr_matrix) -> _Side:
    """How far they stray, from those that have ratings."""
    seen = np.diff(ratings.indptr) > 0
    second = side.mean**2 + np.einsum("nii->ni", side.covariance)
    precision: Float64 = 1.0 / np.maximum(second[seen].mean(axis=0), 1e-9)
    return _Side(side.mean, side.covariance, precision)


RECOMMENDER = BiasedMf()
