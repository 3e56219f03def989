"""Fills the online store from history, so that its first answer is what training saw."""

from collections.abc import Mapping

import polars as pl

from keel.backends.online import Change
from keel.data.table import Table
from keel.features.online.scope import online_features
from keel.features.plan import FeaturePlan
from keel.features.read_events import EventReader
from keel.spec.kinds import Kind
from keel.store import Store
from keel.train.progress import Tell


def fill_online(
    plan: FeaturePlan, system: str, tables: Mapping[str, Table], store: Store, tell: Tell
) -> None:
    """Take the rows of `tables` into the online state of `plan`; what came in live is kept.

    The same rows are taken in once. Other processes may read and write meanwhile; nobody reads a
    state whose history is not all in.
    """
    online = online_features(store.online, system, plan)
    history = f"history of {system}"
    events = 0
    for name in dict.fromkeys(figure.reading.table for figure in plan.figures):
        mark = f"{online.scope} {name} {tables[name].fingerprint}"
        if store.online.read(history, [mark]).events:
            continue
        reader = EventReader.of(plan.tables[name], plan.figures)
        frame = reader.dated(tables[name].read().select(reader.reads))
        online.fill(name, reader.read(frame), _payloads(frame, reader))
        store.online.write(history, Change(added=[(mark, b"")]))
        events += len(frame)
    online.mark_ready()
    if events:
        tell(f"online    {events:,} events of history filled in")


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
