"""Features of any rows, offline from a declaration's tables or online from a system's store."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from keel.data.sources.frame import FrameSource
from keel.declare import FILE, read_declaration
from keel.errors import NotFound, RequestError
from keel.features.find import in_history
from keel.features.online.scope import in_online
from keel.features.tables import EventTable
from keel.registry.artifact import read_artifact
from keel.registry.find import find
from keel.serve.show_features import TIME
from keel.settings import read_settings
from keel.spec.nearest import did_you_mean
from keel.store import Store, open_store
from keel.train.export.exported import read_exported
from keel.train.export.feature_plan import read_plan
from keel.train.export.preparation import preparation
from keel.train.progress import silent
from keel.walk.features.build_set import features_at as built_at
from keel.walk.features.prepared import prepare_features


def features_at(
    source: Any, rows: Any, *, home: str | Path | None, asked: Mapping[str, Any]
) -> pl.DataFrame:
    """See `keel.features.at`."""
    settings = read_settings({**os.environ, **({} if home is None else {"KEEL_HOME": str(home)})})
    store = open_store(settings)
    path = Path(str(source))
    file = path / FILE if path.is_dir() else path
    is_declared = file.suffix in (".yaml", ".yml")
    # A system mostly lies in a folder of its name: what is registered goes first.
    is_name = isinstance(source, str) and "/" not in source and os.sep not in source
    if is_declared and not (is_name and _is_registered(source, store)):
        return _declared(file, rows, asked, store)
    return _registered(str(source), rows, asked, store)


def _is_registered(name: str, store: Store) -> bool:
    try:
        find(store.engine, name)
    except NotFound:
        return False
    return True


def _declared(file: Path, rows: Any, asked: Mapping[str, Any], store: Store) -> pl.DataFrame:
    declared = read_declaration(file)
    prepared = prepare_features(declared.system, declared.base, store.settings, silent)
    plan = prepared.plan
    frame = _frame(rows, asked, plan.events if plan.tables else None)
    return built_at(plan, frame, prepared.tables, in_history(prepared.tables), silent)


def _registered(reference: str, rows: Any, asked: Mapping[str, Any], store: Store) -> pl.DataFrame:
    version = find(store.engine, reference)
    signature = read_exported(read_artifact(store.blobs, version.digest)).signature
    prepare = preparation(signature, in_online(store.online, version.system))
    if prepare is None:
        raise RequestError(f"{version} takes its rows as they are: it has no features of its own")
    plan = read_plan(signature)
    frame = _frame(rows, asked, plan.events if plan.tables else None)
    computed = prepare(frame).frame
    return frame.select(n for n in frame.columns if n not in computed.columns).hstack(computed)


def _frame(rows: Any, asked: Mapping[str, Any], events: EventTable | None) -> pl.DataFrame:
    if (rows is None) == (not asked):
        raise RequestError("give either rows or the entities of one: at(system, customer=7)")
    if rows is not None:
        return FrameSource(rows).frame
    entities = {} if events is None else dict(events.entities)
    if events is not None and events.time is not None and TIME not in events.names:
        # As over HTTP.
        entities = {TIME: events.time, **entities}
    named = {entities.get(name, name): value for name, value in asked.items()}
    known = set(named) if events is None else {*events.names, *entities}
    odd = [name for name in asked if entities.get(name, name) not in known]
    if odd:
        raise RequestError(f"{odd[0]!r} is not known: {did_you_mean(odd[0], sorted(known))}")
    return pl.DataFrame([named])
