"""The recorded recipe fitted again: how this version should answer."""

from dataclasses import dataclass, replace

import numpy as np

from keel.data.histories import Float32, Histories
from keel.data.interactions import Interactions
from keel.diagnose.situation import AskedModel, Scorer
from keel.errors import KeelError
from keel.train.recommend.catalogue import recommenders
from keel.train.recommend.factor_model import FactorModel
from keel.train.recommend.item_weights import ItemWeightsModel
from keel.train.recommend.pooled_model import PooledModel, pool
from keel.train.recommender import Fit, FittedRecommender

AFFORDABLE = {
    "popularity": (2_000_000, 1_000_000),
    "item_neighbours": (1_500_000, 8_000),
    "ease": (1_500_000, 5_000),
    "als": (1_500_000, 100_000),
    "bpr": (150_000, 20_000),
    "content": (1_000_000, 20_000),
    "hybrid": (1_000_000, 5_000),
    "biased_mf": (150_000, 20_000),
    "rating_means": (2_000_000, 1_000_000),
}
"""Events and items up to which a recipe is fitted again in seconds."""

STAND_IN = "als"
"""Fitted in place of what would take too long, with the settings it comes with."""

THREADS = 2


@dataclass(frozen=True, eq=False)
class Reference:
    """fitted: what answers. exact: whether it is the recorded recipe on all recorded events, which
    should answer alike. name: in words. fit: what it was fitted on."""

    fitted: FittedRecommender
    exact: bool
    name: str
    algorithm: str
    fit: Fit

    def cosine(self) -> Scorer | None:
        """The same with the cosine of user and item in place of their product; None for a model
        that multiplies nothing."""
        return cosine_of(self.fitted)

    def on(self, interactions: Interactions) -> FittedRecommender | None:
        """The same recipe on other events; None where it cannot be fitted on them."""
        try:
            return recommenders()[self.algorithm].fit(replace(self.fit, interactions=interactions))
        except (KeelError, ValueError, np.linalg.LinAlgError):
            return None


def refit(model: AskedModel, learned: Interactions) -> Reference:
    """The recipe of `model` on what it learned from, or a stand-in where it takes too long, needs
    what is not at hand, or refuses."""
    fit = Fit(learned, {}, model.seed, THREADS, model.content, model.segment, model.segments)
    if affordable(model, learned):
        recommender = recommenders()[model.algorithm]
        space = recommender.space(fit.facts)
        known = {name: value for name, value in model.parameters.items() if name in space}
        own = replace(fit, parameters=known)
        try:
            name = f"{model.algorithm}, fitted again as recorded"
            return Reference(recommender.fit(own), True, name, model.algorithm, own)
        except (KeelError, ValueError, np.linalg.LinAlgError):
            pass
    name = f"{STAND_IN} in place of {model.algorithm}"
    return Reference(recommenders()[STAND_IN].fit(fit), False, name, STAND_IN, fit)


def affordable(model: AskedModel, learned: Interactions) -> bool:
    """Whether the recorded recipe can be fitted again, fast and alike."""
    events, items = AFFORDABLE.get(model.algorithm, (0, 0))
    if model.parameters.get("by_segment") and model.segment is None:
        return False
    if model.algorithm == "content" and model.content is None:
        return False
    return len(learned) <= events and learned.items <= items


def cosine_of(fitted: FittedRecommender) -> Scorer | None:
    """Scores by the cosine of what a user and an item are."""
    if isinstance(fitted, FactorModel):
        return lambda histories: _cosine(fitted.users(histories), fitted.items)
    if isinstance(fitted, PooledModel):
        return lambda histories: _cosine(
            pool(histories, fitted.weighting, fitted.inward), fitted.outward
        )
    if isinstance(fitted, ItemWeightsModel):
        weights = fitted.weights
        squares = weights.multiply(weights) if hasattr(weights, "multiply") else weights**2
        size = np.sqrt(np.asarray(squares.sum(axis=0), dtype=np.float32).ravel())
        scale = np.where(size > 0, size, np.float32(np.inf)).astype(np.float32)
        return lambda histories: fitted.scores(histories) / scale
    return None


def _cosine(users: Float32, items: Float32) -> Float32:
    size = np.linalg.norm(items, axis=1)
    return np.asarray(users @ items.T / np.where(size > 0, size, np.inf), dtype=np.float32)


def shifted(histories: Histories, to: np.ndarray) -> Histories:
    """Histories with item code i replaced by `to[i]`; those below 0 are dropped."""
    item = to[histories.item]
    kept = item >= 0
    lengths = np.bincount(histories.owner[kept], minlength=len(histories))
    start = np.concatenate([[0], np.cumsum(lengths)])
    return Histories(start, item[kept], histories.value[kept], histories.items, histories.segment)
