"""A registered version ready to answer requests, its features computed on the way."""

from pathlib import Path

import polars as pl

from keel.data.conform import Conformed, conform_counted
from keel.features.plan import plan_features
from keel.spec.kinds import TaskName
from keel.train.export.answerer import Answerer
from keel.train.export.exported import Exported, read_exported
from keel.train.export.new_event import Recent
from keel.train.export.predictor import Predictor, Prepare
from keel.train.export.signature import Signature


def open_predictor(folder: Path, *, threads: int = 1, recent: Recent | None = None) -> Answerer:
    """The version in `folder`. recent: what users did since it was trained, for versions that
    recommend. Raises ArtifactError."""
    exported = read_exported(folder)
    if exported.signature.task is TaskName.RECOMMEND:
        # It needs sparse matrices, which a server of other systems does without.
        from keel.train.recommend.predictor import RecommendPredictor

        return RecommendPredictor(exported, threads=threads, recent=recent)
    return predictor_of(exported, threads=threads)


def predictor_of(exported: Exported, *, threads: int = 1) -> Predictor:
    """A predictor that takes rows of a request, or of feature columns."""
    return Predictor(exported, threads=threads, prepare=_prepare(exported.signature))


def _prepare(signature: Signature) -> Prepare | None:
    if not signature.features:
        return None
    texts = {feature.name: feature.expression for feature in signature.features}
    plan = plan_features(texts, signature.request_columns)
    missing = frozenset(signature.missing)

    def prepare(rows: pl.DataFrame) -> Conformed:
        read = conform_counted(rows, plan.source, missing=missing)
        return Conformed(tuple(plan.compute(read.frame).iter_columns()), read.unread)

    return prepare
