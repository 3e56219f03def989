"""What a version that recommends answered, examined."""

from dataclasses import dataclass

from keel.evaluate.card.content import SliceFacts
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.train.recommend.predictor import RecommendPredictor
from keel.train.recommend.train import TrainedRecommender
from keel.walk.recommend.prepared import RecommendPrepared
from keel.walk.walked import Walked


@dataclass(frozen=True, eq=False)
class RecommendJudged:
    """See `Judged`. slices: of users. by_age: the objective on items of each age, by its name."""

    predictor: RecommendPredictor
    evidence: Evidence
    champion: Evidence | None
    looks: int
    figures: dict[str, Estimate]
    slices: SliceFacts
    by_age: dict[str, Estimate]


RecommendWalked = Walked[RecommendPrepared, TrainedRecommender, RecommendJudged]
"""What a version that recommends has in its folder beside its record and card."""
