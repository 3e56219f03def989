"""A registered version ready to answer requests, its features computed on the way."""

from pathlib import Path

from keel.data.conform import conform
from keel.data.table import Column
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
    columns = tuple(Column(column.name, column.kind) for column in signature.inputs)
    texts = {feature.name: feature.expression for feature in signature.features}
    plan = plan_features(texts, columns)
    missing = frozenset(signature.missing)
    return lambda rows: plan.compute(conform(rows, plan.source, missing=missing))
