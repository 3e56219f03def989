"""What a version of a table's task answered, examined."""

from dataclasses import dataclass

from keel.evaluate.card.content import LearningFacts
from keel.evaluate.examine import Examination
from keel.metrics.estimate import Estimate
from keel.metrics.evidence import Evidence
from keel.train.export.predictor import Predictor
from keel.train.train import Trained
from keel.walk.tables.prepared import TablePrepared
from keel.walk.walked import Walked


@dataclass(frozen=True, eq=False)
class TableJudged:
    """See `Judged`. examined: what the card draws. learning: the winner's learning curve."""

    predictor: Predictor
    evidence: Evidence
    champion: Evidence | None
    looks: int
    examined: Examination
    learning: LearningFacts | None

    @property
    def figures(self) -> dict[str, Estimate]:
        """By the text of their measure."""
        return self.examined.figures


TableWalked = Walked[TablePrepared, Trained, TableJudged]
