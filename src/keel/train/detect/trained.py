"""A detector as training leaves it."""

from dataclasses import dataclass

from keel.train.export.exported import Exported
from keel.train.search.pipeline import FittedPipeline
from keel.train.train import Trained


@dataclass(frozen=True, eq=False)
class TrainedDetector:
    """A detector with the evidence of how it was found.

    rivals: every other algorithm as it comes. refits: the winner's recipe on each fold's rows.
    """

    trained: Trained
    rivals: tuple[FittedPipeline, ...]
    refits: tuple[FittedPipeline, ...]

    @property
    def exported(self) -> Exported:
        """See `Trained`."""
        return self.trained.exported

    @property
    def algorithm(self) -> str:
        """The winner's word."""
        return self.trained.algorithm

    @property
    def why(self) -> str:
        """It won, in words."""
        return self.trained.why

    @property
    def trials(self) -> int:
        """How many recipes were tried."""
        return self.trained.trials

    @property
    def largest_difference(self) -> float:
        """Between the exported and the native model."""
        return self.trained.largest_difference

    @property
    def parameters(self) -> dict[str, object]:
        """Everything that was settled."""
        return self.trained.parameters
