"""A version in memory, ready to answer, and where a system stands."""

from dataclasses import dataclass
from pathlib import Path

from keel.backends.blobs import Blobs
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.record import Record
from keel.releases.routing import Route
from keel.train.export.open_predictor import open_predictor
from keel.train.export.predictor import Predictor
from keel.train.export.signature import Signature


@dataclass(frozen=True, eq=False)
class Served:
    """A version whose files were verified when it was loaded. folder: its files."""

    system: str
    number: int
    digest: str
    folder: Path
    record: Record
    predictor: Predictor

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        return self.predictor.signature

    @property
    def card(self) -> Path:
        """Its model card, which may not be there."""
        return self.folder / "card.html"

    def __str__(self) -> str:
        return f"{self.system}@{self.number}"


@dataclass(frozen=True, eq=False)
class Standing:
    """What answers for a system now; None when nothing does.

    routed: whether it has a champion. problem: why what answers is not what the routing says, or
    why nothing answers although it has a champion.
    """

    system: str
    routed: bool
    served: Served | None = None
    problem: str | None = None


def open_served(blobs: Blobs, system: str, route: Route, *, threads: int = 1) -> Served:
    """Load a routed version. threads: of one call. Raises ArtifactError, EnvironmentFailure."""
    folder = read_artifact(blobs, route.digest)
    return Served(
        system,
        route.number,
        route.digest,
        folder,
        read_version_record(folder),
        open_predictor(folder, threads=threads),
    )
