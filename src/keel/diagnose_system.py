"""Diagnoses a registered version that recommends, against its tables as they are today."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl

from keel.clock import Clock, system_clock
from keel.data.check import Checked
from keel.data.check_system import check_system
from keel.data.table import Column
from keel.declare import FILE, Declared, read_declaration
from keel.diagnose.diagnose import diagnose
from keel.diagnose.diagnosis import Diagnosis
from keel.diagnose.graph_scores import graph_scores
from keel.diagnose.read_answers import read_answers
from keel.diagnose.situation import (
    ANSWER_SCHEMA,
    EVENT_SCHEMA,
    AskedModel,
    Serving,
    Situation,
)
from keel.errors import InputError, NotFound, NotReady
from keel.registry.artifact import read_artifact, read_version_record
from keel.registry.find import find
from keel.registry.record import Record
from keel.registry.version import Version
from keel.serve.new_events import recent_events, recorded_events
from keel.spec.kinds import TaskName
from keel.spec.system import System
from keel.store import Store
from keel.train.algorithm import Parameters
from keel.train.export.exported import Exported, read_exported
from keel.train.export.signature import Listing
from keel.train.progress import Tell
from keel.train.recommend.content import read_content
from keel.train.recommend.files import EVENTS, ITEMS, USERS, read_table
from keel.train.recommend.predictor import RecommendPredictor

CHALLENGER = "challenger"
ASKED = 300
"""Users who are answered as they would be now where no answers are given."""


def diagnose_system(
    store: Store,
    reference: str,
    *,
    user: str | None = None,
    folder: Path = Path(),
    answers: Path | None = None,
    tell: Tell,
    clock: Clock = system_clock,
) -> Diagnosis:
    """What is wrong with the answers of a version, and why.

    user: whom to explain beside the whole. folder: of the system's keel.yaml; else what the
    declared paths start from. answers: what was shown to users; else some are asked for now.

    Raises NotFound, NotReady, InputError for a version that does not recommend, and what reading
    the tables raises.
    """
    opened = _open(store, find(store.engine, reference))
    declared = _declaration(opened.record, folder)
    tell(f"asking    {opened.version}, {opened.record.algorithm}")
    events = read_table(opened.exported.codecs[EVENTS])
    checked = check_system(declared.system, declared.base, store.settings, clock=clock)
    now = _with_recorded(_events_now(checked, declared.system), store, opened.record.system)
    tell(f"events    {len(now):,} today, {len(events):,} when it was trained")
    fitted = events.filter("fitted")
    as_of = _microseconds(clock())
    listing = opened.listing
    ranks = listing.scores == "rank"
    situation = Situation(
        model=opened.model,
        trained=_as_events(fitted),
        held=_as_events(events.filter(~pl.col("fitted"))),
        now=now,
        as_of=as_of,
        lag=_lag(events, opened.record),
        items_then=_items_then(opened),
        items_now=_items_now(checked, declared.system, listing),
        answers=_answers_now(store, opened, _as_events(events)["time"].max())
        if answers is None
        else read_answers(answers),
        serving=Serving(liked=listing.liked if ranks else None),
        challenger=_challenger(store, opened.version),
        user=user,
    )
    return diagnose(situation)


@dataclass(frozen=True, eq=False)
class _Opened:
    version: Version
    record: Record
    exported: Exported
    listing: Listing
    model: AskedModel


def _open(store: Store, version: Version) -> _Opened:
    folder = read_artifact(store.blobs, version.digest)
    record = read_version_record(folder)
    exported = read_exported(folder)
    listing = exported.signature.listing
    if record.task != TaskName.RECOMMEND or listing is None:
        raise InputError(
            f"{version} is asked to {record.task}: only systems that recommend can be diagnosed"
        )
    items = read_table(exported.codecs[ITEMS])
    users = read_table(exported.codecs[USERS])
    columns = tuple(Column(name, kind) for name, kind in listing.columns)
    recipe = cast("dict[str, Parameters]", record.parameters["recipe"])
    model = AskedModel(
        str(version),
        record.algorithm,
        tuple(items.to_series(0).cast(pl.String)),
        graph_scores(exported.model),
        recipe["parameters"],
        record.seeds["train"],
        read_content(items, columns) if columns else None,
        tuple(users.to_series(0).cast(pl.String)),
        users["segment"].to_numpy().astype(np.int64),
        len(listing.levels) + 1,
    )
    return _Opened(version, record, exported, listing, model)


def _declaration(record: Record, folder: Path) -> Declared:
    """As it stands today, where this folder or the one in it that is called like the system
    declares it; else as it was recorded.

    Raises InputError where the tables are not there either.
    """
    for file in (folder / FILE, folder / record.system / FILE):
        if file.is_file():
            declared = read_declaration(file)
            if declared.system.system == record.system:
                return declared
    declared = Declared(System.model_validate(record.declaration), folder)
    table = declared.system.table
    if "://" not in table.table and table.query is None and not (folder / table.table).exists():
        raise InputError(
            f"neither {folder / FILE} declares {record.system}, nor is {folder / table.table} "
            "there: name the folder of its keel.yaml with --folder DIR"
        )
    return declared


def _as_events(events: pl.DataFrame) -> pl.DataFrame:
    return events.select(
        pl.col("user").cast(pl.String),
        pl.col("item").cast(pl.String),
        pl.col("time").cast(pl.Datetime("us")).cast(pl.Int64),
        pl.col("value").cast(pl.Float64),
    )


def _events_now(checked: Checked, system: System) -> pl.DataFrame:
    """Every row of the events, also those that equal another."""
    said, time = system.interacting, system.table.time
    nothing = pl.lit(None)
    table = checked.table.read()
    return _as_events(
        table.select(
            pl.col(said.user).alias("user"),
            pl.col(said.item).alias("item"),
            (nothing if time is None else pl.col(time)).alias("time"),
            (nothing if said.value is None else pl.col(said.value)).alias("value"),
        )
    )


def _with_recorded(events: pl.DataFrame, store: Store, system: str) -> pl.DataFrame:
    """With what was recorded through a server and is not in the table yet."""
    rows = [
        (happened.user, happened.item, _microseconds(happened.at), happened.value)
        for happened in recorded_events(store.engine, system)
    ]
    recorded = pl.DataFrame(rows, schema=EVENT_SCHEMA, orient="row")
    missing = recorded.join(events, on=["user", "item"], how="anti")
    return pl.concat([events, missing])


def _lag(events: pl.DataFrame, record: Record) -> int:
    """How old the newest event was when the version was made."""
    newest = _as_events(events)["time"].max()
    made = _microseconds(record.created_at)
    return 0 if newest is None else max(0, made - int(np.asarray(newest)))


def _items_then(opened: _Opened) -> pl.DataFrame | None:
    """Without those of which the table said nothing."""
    names = [name for name, _ in opened.listing.columns]
    if not names:
        return None
    items = read_table(opened.exported.codecs[ITEMS])
    told = items.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in names))
    return told.with_columns(pl.col(items.columns[0]).cast(pl.String))


def _items_now(checked: Checked, system: System, listing: Listing) -> pl.DataFrame | None:
    name = system.interacting.items
    if name is None:
        return None
    table = checked.beside[name].table.read()
    key = str(system.data[name].key)
    columns = [column for column, _ in listing.columns if column in table.columns]
    return table.select(pl.col(key).cast(pl.String), *columns)


def _answers_now(store: Store, opened: _Opened, last: object) -> pl.DataFrame:
    """What some known users would be shown, by what a server runs. last: of the events that it
    knows, which is when these lists count as shown: what users did since is none of its faults."""
    predictor = RecommendPredictor(
        opened.exported, recent=recent_events(store.engine, opened.record.system)
    )
    known = opened.model.users
    places = np.unique(np.linspace(0, len(known) - 1, min(ASKED, len(known))).astype(np.int64))
    users = [known[place] for place in places]
    lists = predictor.answer(pl.DataFrame({"user": users})).lists or ()
    rows = [
        (name, last, [one.item for one in shown]) for name, shown in zip(users, lists, strict=True)
    ]
    return pl.DataFrame(rows, schema=ANSWER_SCHEMA, orient="row")


def _challenger(store: Store, version: Version) -> AskedModel | None:
    try:
        other = find(store.engine, f"{version.system}@{CHALLENGER}")
    except (NotFound, NotReady):
        return None
    return None if other.number == version.number else _open(store, other).model


def _microseconds(moment: datetime) -> int:
    return int(np.datetime64(moment.replace(tzinfo=None), "us").astype(np.int64))
