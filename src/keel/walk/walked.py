"""What the stages of a walk found."""

from dataclasses import dataclass
from datetime import datetime

from keel.data.check import Checked
from keel.data.split import Split
from keel.evaluate.card.content import LearningFacts
from keel.evaluate.examine import Examination
from keel.evaluate.leakage.finding import Finding
from keel.features.build import Built
from keel.promises.verdict import Verdict
from keel.spec.system import System
from keel.train.train import Trained


@dataclass(frozen=True, eq=False)
class Walked:
    """What the stages of a walk found, for whoever tells about it."""

    system: System
    source: str
    checked: Checked
    built: Built
    split: Split
    findings: tuple[Finding, ...]
    trained: Trained
    examined: Examination
    learning: LearningFacts | None
    verdicts: tuple[Verdict, ...]
    looks: int
    created: datetime
