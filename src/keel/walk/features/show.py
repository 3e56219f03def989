"""The features of a declaration, explained: words, lineage, freshness, owner and users."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from keel.features.describe import describe_feature, freshness, lineage
from keel.features.plan import Feature
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import champion
from keel.registry.listing import list_systems
from keel.store import Store
from keel.walk.features.prepared import FeaturesPrepared


@dataclass(frozen=True)
class ShownFeature:
    """One feature. newest: the time of the newest row that it can see, of the tables that it looks
    into. shared: the file that it is shared from, if it is. used_by: champions that learned from a
    feature declared alike."""

    name: str
    kind: str
    expression: str
    words: str
    lineage: tuple[str, ...]
    freshness: str
    newest: datetime | None
    owner: str | None
    shared: str | None
    used_by: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **vars(self),
            "lineage": list(self.lineage),
            "newest": None if self.newest is None else self.newest.isoformat(),
            "used_by": list(self.used_by),
        }


def show_features(prepared: FeaturesPrepared, store: Store) -> list[ShownFeature]:
    """Every feature, in the order of the declaration."""
    system, plan = prepared.system, prepared.plan
    users = _users(store)
    newest = {
        name: prepared.frames[name][table.time].max()
        for name, table in plan.tables.items()
        if table.time is not None
    }
    shown = []
    for feature in plan.features:
        declared = feature.base or feature.column.name
        # One of several windows bears the window after its declared name.
        name = declared if declared in (system.features or {}) else declared.rpartition("_")[0]
        shared = next((f for f, s in system.sets.items() if name in s.names), None)
        shown.append(
            ShownFeature(
                feature.column.name,
                feature.column.kind.value,
                feature.text,
                describe_feature(feature),
                lineage(feature, plan),
                freshness(feature),
                _newest(feature, newest),
                system.card.owner if shared is None else system.sets[shared].owner,
                shared,
                users.get((declared, feature.text), ()),
            )
        )
    return shown


def _newest(feature: Feature, newest: Mapping[str, Any]) -> datetime | None:
    tables = {figure.reading.table for figure in feature.figures}
    times = [newest[name] for name in tables if newest.get(name) is not None]
    return max(times, default=None)


def _users(store: Store) -> Mapping[tuple[str, str], tuple[str, ...]]:
    users: dict[tuple[str, str], tuple[str, ...]] = {}
    for listed in list_systems(store.engine):
        version = champion(store.engine, listed.system)
        if version is None:
            continue
        record = read_version_record(read_artifact(store.blobs, version.digest))
        features = cast("list[dict[str, str]]", record.signature.get("features", []))
        for feature in features:
            pair = (feature["name"], feature["expression"])
            users[pair] = (*users.get(pair, ()), str(version))
    return users
