"""A registered version ready to answer requests, its features computed on the way."""

from pathlib import Path

from keel.clock import Clock, system_clock
from keel.features.find import FindFor
from keel.spec.kinds import TaskName
from keel.train.export.answerer import Answerer
from keel.train.export.exported import Exported, read_exported
from keel.train.export.new_event import Recent
from keel.train.export.predictor import Predictor
from keel.train.export.preparation import preparation


def open_predictor(
    folder: Path,
    *,
    threads: int = 1,
    recent: Recent | None = None,
    find_for: FindFor | None = None,
    clock: Clock = system_clock,
) -> Answerer:
    """The version in `folder`. recent: what users did since it was trained, for versions that
    recommend. find_for: where figures of entities are found, for versions that look them up. Raises
    ArtifactError."""
    exported = read_exported(folder)
    if exported.signature.task is TaskName.RECOMMEND:
        # It needs sparse matrices, which a server of other systems does without.
        from keel.train.recommend.predictor import RecommendPredictor

        return RecommendPredictor(exported, threads=threads, recent=recent)
    return predictor_of(exported, threads=threads, find_for=find_for, clock=clock)


def predictor_of(
    exported: Exported,
    *,
    threads: int = 1,
    find_for: FindFor | None = None,
    clock: Clock = system_clock,
) -> Predictor:
    """A predictor that takes rows of a request, or of feature columns."""
    prepare = preparation(exported.signature, find_for, clock)
    return Predictor(exported, threads=threads, prepare=prepare)
