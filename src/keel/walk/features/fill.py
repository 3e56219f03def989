"""Fills the online store from history, so that its first answer is what training saw."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
import polars as pl

from keel.backends.online import Change
from keel.clock import Clock
from keel.data.table import Table
from keel.errors import KeelError
from keel.features.online.online_features import OnlineFeatures
from keel.features.online.scope import online_features
from keel.features.read_events import EventReader
from keel.registry.artifact import read_artifact
from keel.registry.find import champion
from keel.serve.feed import Feed
from keel.serve.feeds import announce, feed_of
from keel.spec.kinds import Kind
from keel.store import Store
from keel.train.export.exported import read_exported
from keel.train.export.feature_plan import read_plan
from keel.train.export.signature import Signature
from keel.train.progress import Tell

CARRIED_AT_ONCE = 1_000


def fill_online(
    signature: Signature,
    system: str,
    tables: Mapping[str, Table],
    store: Store,
    clock: Clock,
    tell: Tell,
) -> None:
    """Take the rows of `tables` into the online state of a version's features, and what came in
    live for the champion's where they are kept otherwise.

    The same rows are taken in once; a table that changed says what its events are now. What came in
    live is kept, but for what only the table says of it. Other processes may read and write
    meanwhile: from the first moment they write to this state too, and nobody reads it before all
    its history is in.
    """
    plan = read_plan(signature)
    online = online_features(store.online, system, plan)
    announce(store.online, system, signature, clock())
    events = 0
    feed = feed_of(store.online, system, signature)
    for name in dict.fromkeys(figure.reading.table for figure in plan.figures):
        reader = EventReader.of(plan.tables[name], plan.figures)
        events += _fill(online, feed, system, reader, tables, store, clock())
    live = 0 if online.ready else _carry(online, signature, system, store, clock())
    online.mark_ready()
    if events:
        tell(f"online    {events:,} events of history filled in")
    if live:
        tell(f"online    {live:,} events that came in live carried over")


def history_of(system: str) -> str:
    """The scope that says which tables were taken into which states: names are those of a state and
    a table, values the fingerprint, or nothing."""
    return f"history of {system}"


def _fill(
    online: OnlineFeatures,
    feed: Feed,
    system: str,
    reader: EventReader,
    tables: Mapping[str, Table],
    store: Store,
    now: datetime,
) -> int:
    name = reader.table.name
    history, mark = history_of(system), f"{online.scope} {name}"
    this = tables[name].fingerprint.encode()
    last = store.online.read(history, [mark]).events.get(mark)
    if last == this:
        return 0
    frame = reader.dated(tables[name].read(reader.reads))
    events, payloads = reader.read(frame), _payloads(frame, reader)
    online.fill(name, events, payloads)
    live = {key for key, _ in online.every_live(name)}
    # Such as a label.
    said = [payloads[i] for i, key in enumerate(events.key.to_list()) if key in live]
    for begin in range(0, len(said), CARRIED_AT_ONCE):
        some = said[begin : begin + CARRIED_AT_ONCE]
        feed.complete(name, [msgspec.json.decode(payload) for payload in some], now)
    new = last is None
    store.online.write(
        history, Change([(mark, this)] if new else (), {} if new else {mark: (last or b"", this)})
    )
    return len(frame)


def _carry(
    online: OnlineFeatures, signature: Signature, system: str, store: Store, now: datetime
) -> int:
    """What came in live for the champion, whose features are kept otherwise."""
    version = champion(store.engine, system)
    if version is None:
        return 0
    try:
        before = read_exported(read_artifact(store.blobs, version.digest)).signature
    except KeelError:
        # It cannot answer any more either.
        return 0
    if not before.tables:
        return 0
    old = read_plan(before)
    state = online_features(store.online, system, old)
    if state.scope == online.scope:
        return 0
    feed = feed_of(store.online, system, signature)
    carried = 0
    for table in dict.fromkeys(figure.reading.table for figure in old.figures):
        if table in feed.tables:
            live = _live(state, table)
            while rows := list(islice(live, CARRIED_AT_ONCE)):
                feed.take(table, rows, now)
                carried += len(rows)
    return carried


def _live(state: OnlineFeatures, table: str) -> Iterator[dict[str, Any]]:
    for _, payload in state.every_live(table):
        yield msgspec.json.decode(payload)


def _payloads(frame: pl.DataFrame, reader: EventReader) -> list[bytes]:
    """Each row as JSON, as it would come in live."""
    written = []
    for column in reader.table.raw_columns:
        if column.name in frame.columns:
            value = pl.col(column.name)
            if column.kind is Kind.TIME:
                # A time that is not written as ISO is said as a number.
                iso = value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
                value = iso if column.form is None else value.cast(pl.Int64)
            written.append(value)
    return frame.select(written).write_ndjson().encode().splitlines()
