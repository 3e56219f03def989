"""Where a table says when its rows arrived, so do the events that come in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from keel.backends.online import OnlineStore
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
EVENT = {"id": 1, "at": "2026-05-01T09:00:00", "who": "a"}
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OnlineStore]:
    opened = open_online(f"sqlite:///{tmp_path / 'online.db'}")
    online_features(opened, "walks", PLAN).mark_ready()
    yield opened
    opened.close()


def visits(store: OnlineStore, who: str, hour: int) -> float:
    rows = RowReader(PLAN).read(
        pl.DataFrame({"at": [datetime(2026, 5, 1, hour, 30)], "who": [who]})
    )
    return float(in_online(store, "walks")(PLAN)(rows)["count() over 1d by person"][0])


def test_a_late_event_is_known_from_its_arrival_on(store: OnlineStore) -> None:
    feed = Feed(PLAN, online_features(store, "walks", PLAN), frozenset())
    assert feed.take(None, [EVENT], NOON).new == 1
    assert feed.take(None, [EVENT], NOON.replace(hour=13)).repeated == 1
    assert visits(store, "a", 11) == 0
    assert visits(store, "a", 12) == pytest.approx(1)


def test_what_an_event_was_before_it_changed_is_known_as_of_then(store: OnlineStore) -> None:
    feed = Feed(PLAN, online_features(store, "walks", PLAN), frozenset())
    feed.take(None, [EVENT], NOON)
    moved = feed.take(None, [{"id": 1, "who": "b"}, {"id": 2, "who": "b"}], NOON.replace(hour=14))
    assert (moved.new, moved.changed, moved.repeated) == (1, 1, 0)
    assert [visits(store, "a", hour) for hour in (11, 12, 13, 14)] == [0, 1, 1, 0]
    assert [visits(store, "b", hour) for hour in (11, 12, 13, 14)] == [0, 0, 0, 2]


def test_what_one_request_says_of_an_event_at_several_times_is_known_as_of_each(
    store: OnlineStore,
) -> None:
    feed = Feed(PLAN, online_features(store, "walks", PLAN), frozenset())
    said = [
        EVENT | {"came": "2026-05-01T10:00:00"},
        {"id": None, "who": "a"},
        {"id": "1", "who": "b", "came": "2026-05-01T12:00:00"},
        {"id": 1, "who": "c", "came": "2026-05-01T14:00:00", "odd": 1},
        EVENT | {"id": 2, "came": "2026-05-01T14:00:00"},
    ]
    taken = feed.take(None, said, NOON.replace(hour=15))
    assert (taken.new, taken.changed, taken.repeated) == (2, 2, 0)
    assert ([one.row for one in taken.refused], taken.ignored) == ([1], ("odd",))
    assert [visits(store, "a", hour) for hour in (9, 10, 11, 12, 13, 14)] == [0, 1, 1, 0, 0, 1]
    assert [visits(store, "b", hour) for hour in (11, 12, 13, 14)] == [0, 1, 1, 0]
    assert [visits(store, "c", hour) for hour in (13, 14)] == [0, 1]
