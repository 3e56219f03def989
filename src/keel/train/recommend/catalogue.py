"""Every recommender, found by its place, and which of two is the simpler."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from keel.train import recommenders as folder
from keel.train.recommender import Recommender, Scores

SIMPLICITY = (
    "popularity",
    "rating_means",
    "item_neighbours",
    "ease",
    "als",
    "bpr",
    "biased_mf",
    "content",
    "hybrid",
    "two_tower",
    "ncf",
    "sasrec",
)
"""The simplest first: how little a person must hold in mind to follow one answer, then how little
it costs to run. Between models that do equally well the simpler one wins."""


def recommenders(answers: Scores | None = None) -> Mapping[str, Recommender]:
    """Recommenders by name, the simplest first; those that give such scores if it is said."""
    found = _all()
    return {name: r for name, r in found.items() if answers in (None, r.answers)}


def simplicity(name: str) -> int:
    """The place of a recommender in `SIMPLICITY`."""
    return SIMPLICITY.index(name)


@cache
def _all() -> Mapping[str, Recommender]:
    found: dict[str, Recommender] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        recommender = importlib.import_module(f"{folder.__name__}.{module.name}").RECOMMENDER
        found[recommender.name] = recommender
    return {name: found[name] for name in sorted(found, key=simplicity)}
