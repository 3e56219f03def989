"""What is kept of events: once each, as last written, apart for each scope."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from keel.backends.open_online import open_online
from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.features.online.online_features import OnlineFeatures, Written
from keel.spec.kinds import Kind

AMOUNT = Reading("payments", "amount")
COUNT = Figure("count", Reading("payments", ""), "customer", None, 0, Kind.NUMBER, "count")
TOTAL = Figure("sum", AMOUNT, "customer", None, 0, Kind.NUMBER, "total")
LAST = Figure("last", AMOUNT, "customer", None, 0, Kind.NUMBER, "last")


@pytest.fixture
def features(tmp_path: Path) -> Iterator[OnlineFeatures]:
    store = open_online(f"sqlite:///{tmp_path / 'online.db'}")
    yield OnlineFeatures(store, "fraud/1", [COUNT, TOTAL, LAST])
    store.close()


def payments(
    *rows: tuple[str, int, str | None, float | None], arrival: int | None = None
) -> Events:
    keys, times, customers, amounts = zip(*rows, strict=True)
    return Events(
        pl.Series(keys),
        pl.Series(times, dtype=pl.Int64),
        {"customer": pl.Series(customers, dtype=pl.String)},
        {
            COUNT.reading: pl.Series([1.0] * len(rows)),
            AMOUNT: pl.Series(amounts, dtype=pl.Float64),
        },
        None if arrival is None else pl.Series([arrival] * len(rows)),
    )


def write(features: OnlineFeatures, *rows: tuple, arrival: int | None = None) -> Written:
    said = [repr(row).encode() for row in rows]
    return features.write("payments", payments(*rows, arrival=arrival), said)


def ask(features: OnlineFeatures, customer: str = "c", time: int = 100) -> tuple:
    rows = Rows(pl.Series([time]), {"customer": pl.Series([customer])})
    found = features.figures(rows)
    return tuple(found[name][0] for name in ("count", "total", "last"))


def test_a_repeated_event_counts_once(features: OnlineFeatures) -> None:
    assert write(features, ("a", 1, "c", 5.0), ("b", 2, "c", 7.0)) == Written(2, 0, 0)
    assert write(features, ("b", 2, "c", 7.0), ("d", 3, "c", 1.0)) == Written(1, 0, 1)
    assert ask(features) == (3.0, 13.0, 1.0)


def test_an_event_that_is_there_twice_in_a_batch_counts_once(features: OnlineFeatures) -> None:
    assert write(features, ("a", 1, "c", 5.0), ("a", 1, "c", 6.0)) == Written(1, 0, 1)
    assert ask(features) == (1.0, 6.0, 6.0)


def test_a_changed_event_moves_in_time_and_from_entity_to_entity(features: OnlineFeatures) -> None:
    write(features, ("a", 1, "c", 5.0), ("b", 2, "c", 7.0))
    assert write(features, ("a", 3, "c", 6.0)) == Written(0, 1, 0)
    assert ask(features) == (2.0, 13.0, 6.0)
    assert write(features, ("a", 3, "d", 6.5)) == Written(0, 1, 0)
    assert ask(features) == (1.0, 7.0, 7.0)
    assert ask(features, "d") == (1.0, 6.5, 6.5)
    assert write(features, ("a", 3, None, 6.5)) == Written(0, 1, 0)
    assert ask(features, "d") == (0.0, None, None)


def test_what_arrived_earlier_replaces_nothing(features: OnlineFeatures) -> None:
    write(features, ("a", 1, "c", 5.0), arrival=20)
    assert write(features, ("a", 1, "c", 4.0), arrival=10) == Written(0, 0, 1)
    assert ask(features) == (1.0, 5.0, 5.0)


def test_an_event_is_not_known_before_it_arrived(features: OnlineFeatures) -> None:
    write(features, ("a", 1, "c", 5.0), arrival=20)
    assert ask(features, time=19) == (0.0, None, None)
    assert ask(features, time=20) == (1.0, 5.0, 5.0)


def test_payloads_come_back_as_last_written(features: OnlineFeatures) -> None:
    features.write("payments", payments(("a", 1, "c", 5.0)), [b"one"])
    features.write("payments", payments(("a", 1, None, 5.0)), [b"two"])
    assert features.payloads("payments", ["a", "z"]) == {"a": b"two"}


def test_history_keeps_what_is_there_already(features: OnlineFeatures) -> None:
    write(features, ("a", 1, "c", 5.0))
    history = payments(("a", 1, "c", 4.0), ("b", 2, "c", 1.0), ("b", 2, "c", 2.0))
    for _ in range(2):
        features.fill("payments", history, [b"x"] * 3)
        assert ask(features) == (2.0, 7.0, 2.0)


def test_many_events_of_one_entity_count_all(features: OnlineFeatures) -> None:
    for begin in range(0, 1000, 50):
        write(features, *[(f"k{i}", 10 + i % 7, "c", 1.0) for i in range(begin, begin + 50)])
    assert ask(features) == (1000.0, 1000.0, 1.0)


def test_scopes_know_nothing_of_each_other(tmp_path: Path) -> None:
    store = open_online(f"sqlite:///{tmp_path / 'online.db'}")
    one, other = (OnlineFeatures(store, name, [COUNT, TOTAL, LAST]) for name in ("one", "other"))
    more = OnlineFeatures(store, "one", [COUNT])
    write(one, ("a", 1, "c", 5.0))
    one.mark_ready()
    assert (one.ready, other.ready, more.ready) == (True, False, False)
    assert ask(other) == (0.0, None, None)
    write(other, ("a", 1, "c", 6.0))
    one.clear()
    assert not one.ready
    assert (ask(one), ask(other)) == ((0.0, None, None), (1.0, 6.0, 6.0))
    assert write(one, ("a", 1, "c", 5.0)) == Written(1, 0, 0)
    store.close()


def test_state_outlasts_the_process_that_wrote_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'online.db'}?power=safe"
    for wanted in (Written(1, 0, 0), Written(0, 0, 1)):
        store = open_online(url)
        features = OnlineFeatures(store, "fraud/1", [COUNT, TOTAL, LAST])
        assert write(features, ("a", 1, "c", 5.0)) == wanted
        assert ask(features) == (1.0, 5.0, 5.0)
        store.close()


def test_no_rows_and_no_events_are_fine(features: OnlineFeatures) -> None:
    rows = Rows(pl.Series([], dtype=pl.Int64), {"customer": pl.Series([], dtype=pl.String)})
    assert [len(values) for values in features.figures(rows).values()] == [0, 0, 0]
    features.fill("payments", payments(("a", 1, "c", 5.0)), [b""])
    assert len(features.figures(rows)["count"]) == 0
