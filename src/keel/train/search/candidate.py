"""One way to train, and what cross-validation found of it."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from keel.train.algorithm import Parameters, Scores


@dataclass(frozen=True)
class Recipe:
    """Everything that settles a fit but the rows and the seed. JSON in, JSON out.

    encoding: choices of the encoding plan. imbalance: the method's name. target: the transform of
    a regression target.
    """

    algorithm: str
    parameters: Parameters
    encoding: Parameters = field(default_factory=dict)
    imbalance: str = "none"
    target: str = "none"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "algorithm": self.algorithm,
            "parameters": dict(self.parameters),
            "encoding": dict(self.encoding),
            "imbalance": self.imbalance,
            "target": self.target,
        }

    @property
    def digest(self) -> str:
        """Equal for equal recipes."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Candidate:
    """A recipe with its cross-validated score.

    score: mean over the folds (or the one validation part). standard_error: of that mean.
    figures: of the same predictions, the mean over the folds, for the reader. seconds: spent
    fitting and scoring. rounds: what early stopping kept, the mean over the folds. kind: what its
    scores are: probability, decision, value or anomaly.
    """

    recipe: Recipe
    score: float
    standard_error: float
    folds: tuple[float, ...]
    seconds: float
    pruned: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    rounds: int | None = None
    kind: Scores = "probability"

    @property
    def algorithm(self) -> str:
        """The algorithm's word."""
        return self.recipe.algorithm


@dataclass(frozen=True)
class Skipped:
    """An algorithm, encoder or method that was not tried, and why."""

    name: str
    reason: str
