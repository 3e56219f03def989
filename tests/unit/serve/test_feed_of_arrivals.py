"""Where a table says when its rows arrived, so do the events that come in."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from keel.backends.open_online import open_online
from keel.data.table import Column
from keel.features.online.scope import in_online, online_features
from keel.features.plan import plan_features
from keel.features.read_events import RowReader
from keel.features.tables import EventTable
from keel.serve.feed import Feed
from keel.spec.kinds import Kind

COLUMNS = (
    Column("id", Kind.CATEGORY),
    Column("at", Kind.TIME),
    Column("came", Kind.TIME),
    Column("who", Kind.CATEGORY),
)
TABLE = EventTable("visits", COLUMNS, "id", "at", "came", entities={"person": "who"})
PLAN = plan_features({"visits": "count() over 1d by person"}, COLUMNS, {"visits": TABLE})
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_late_event_is_known_from_its_arrival_on(tmp_path: Path) -> None:
    store = open_online(f"sqlite:///{tmp_path / 'online.db'}")
    online = online_features(store, "walks", PLAN)
    online.mark_ready()
    feed = Feed(PLAN, online, frozenset())
    event = {"id": 1, "at": "2026-05-01T09:00:00", "who": "a"}
    assert feed.take(None, [event], NOON).new == 1
    assert feed.take(None, [event], NOON.replace(hour=13)).repeated == 1
    find = in_online(store, "walks")(PLAN)

    def visits(hour: int) -> float:
        at = [datetime(2026, 5, 1, hour, 30)]
        rows = RowReader(PLAN).read(pl.DataFrame({"at": at, "who": ["a"]}))
        return float(find(rows)["count() over 1d by person"][0])

    assert visits(11) == 0
    assert visits(12) == pytest.approx(1)
