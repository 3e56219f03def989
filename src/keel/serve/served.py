"""A version in memory, ready to answer."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
from sqlalchemy.engine import Engine

from keel.backends.blobs import Blobs
from keel.backends.online import OnlineStore
from keel.evaluate.explainer import Explainer
from keel.features.online.scope import in_online
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.open_explainer import open_explainer
from keel.registry.record import Record
from keel.releases.routing import Route
from keel.serve.evidence_columns import evidence_columns
from keel.serve.feeds import Feeds
from keel.serve.new_events import recent_events
from keel.serve.quick_row import quick_row
from keel.train.export.answerer import Answerer
from keel.train.export.one_row import OneRow
from keel.train.export.open_predictor import open_predictor
from keel.train.export.predictor import Prediction, Prepare
from keel.train.export.preparation import preparation
from keel.train.export.signature import Signature


@dataclass(frozen=True, eq=False)
class Served:
    """A version whose files were verified when it was loaded. folder: its files. feeds: take in the
    events that its features are taken from, if they are. prepare: computes its features.
    quick_row: answers one row on the spot, where that is quick."""

    system: str
    number: int
    digest: str
    folder: Path
    record: Record
    predictor: Answerer
    feeds: Feeds | None = None
    prepare: Prepare | None = None
    quick_row: OneRow | None = None

    @property
    def signature(self) -> Signature:
        """What goes in and what comes out."""
        return self.predictor.signature

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """Columns of a request that go to the answer log beside those that it answers from."""
        return evidence_columns(self.record.declaration)

    @cached_property
    def unit_column(self) -> str | None:
        """The column that says who or what a row is about: the first entity, or the user."""
        declared = self.record.declaration
        entities, interactions = declared.get("entities"), declared.get("interactions")
        if isinstance(entities, dict) and entities:
            return str(next(iter(entities.values())))
        return str(interactions["user"]) if isinstance(interactions, dict) else None

    def seen(self, rows: pl.DataFrame, prediction: Prediction) -> pl.DataFrame:
        """What the answers to `rows` rest on, and the columns of them that evidence needs."""
        features = prediction.features
        if features is None:
            return rows
        kept = [name for name in self.kept if name in rows.columns and name not in features.columns]
        return features.with_columns(rows[name] for name in kept)

    @property
    def card(self) -> Path:
        """Its model card, which may not be there."""
        return self.folder / "card.html"

    @cached_property
    def explainer(self) -> Explainer:
        """Explains its answers. Raises RequestError for versions that recommend."""
        return open_explainer(self.predictor, self.folder)

    def __str__(self) -> str:
        return f"{self.system}@{self.number}"


def open_served(
    blobs: Blobs,
    system: str,
    route: Route,
    *,
    threads: int = 1,
    engine: Engine | None = None,
    online: OnlineStore | None = None,
) -> Served:
    """Load a routed version. threads: of one call. engine: where new events are, if any are kept.
    online: where the events are that features are taken from.

    Raises ArtifactError, EnvironmentFailure.
    """
    folder = read_artifact(blobs, route.digest)
    recent = None if engine is None else recent_events(engine, system)
    find_for = None if online is None else in_online(online, system)
    predictor = open_predictor(folder, threads=threads, recent=recent, find_for=find_for)
    signature = predictor.signature
    return Served(
        system,
        route.number,
        route.digest,
        folder,
        read_version_record(folder),
        predictor,
        Feeds(online, system, signature) if online is not None and signature.tables else None,
        preparation(signature, find_for),
        quick_row(predictor),
    )
