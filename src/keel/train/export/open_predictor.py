"""A registered version ready to answer requests, its features computed on the way."""

from pathlib import Path

import polars as pl

from keel.data.conform import Conformed, conform_counted
from keel.features.plan import plan_features
from keel.train.export.exported import Exported, read_exported
from keel.train.export.predictor import Predictor, Prepare
from keel.train.export.signature import Signature


def open_predictor(folder: Path, *, threads: int = 1) -> Predictor:
    """The version in `folder`. Raises ArtifactError."""
    return predictor_of(read_exported(folder), threads=threads)


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
