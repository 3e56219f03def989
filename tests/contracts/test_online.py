"""What every online backend does alike, by itself and below the figures of features."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import polars as pl
import pytest

from keel.backends.online import Ask, Change, Fold, Node, OnlineStore, Span
from keel.backends.open_online import open_online
from keel.errors import EnvironmentFailure, InputError
from keel.features.events import Events, Rows
from keel.features.figure import Figure, Reading
from keel.features.online.online_features import OnlineFeatures, Overtaken, Written
from keel.spec.kinds import Kind
from redis_process import RedisProcess

AMOUNT = Reading("payments", "amount")
COUNT = Figure("count", Reading("payments", ""), "customer", None, 0, Kind.NUMBER, "count")
TOTAL = Figure("sum", AMOUNT, "customer", None, 0, Kind.NUMBER, "total")
LAST = Figure("last", AMOUNT, "customer", None, 0, Kind.NUMBER, "last")

NUMBERS = count()
"""Scopes that no other test has."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OnlineStore]:
    if request.param == "sqlite":
        store = open_online(f"sqlite:///{tmp_path / 'online.db'}")
    else:
        store = open_online(request.getfixturevalue("redis").url)
    yield store
    store.close()


@pytest.fixture
def features(store: OnlineStore) -> OnlineFeatures:
    return OnlineFeatures(store, f"{next(NUMBERS)}", [COUNT, TOTAL, LAST])


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


def test_history_that_changed_says_what_its_events_are_now(features: OnlineFeatures) -> None:
    features.fill("payments", payments(("a", 1, "c", 5.0), ("b", 2, "c", 1.0)), [b"1", b"2"])
    features.fill("payments", payments(("a", 1, "d", 5.0), ("b", 2, "c", 3.0)), [b"3", b"4"])
    assert ask(features) == (1.0, 3.0, 3.0)
    assert ask(features, "d") == (1.0, 5.0, 5.0)


def test_many_events_of_one_entity_count_all(features: OnlineFeatures) -> None:
    for begin in range(0, 1000, 50):
        write(features, *[(f"k{i}", 10 + i % 7, "c", 1.0) for i in range(begin, begin + 50)])
    assert ask(features) == (1000.0, 1000.0, 1.0)


def test_streams_of_any_length_are_read_as_what_they_are(features: OnlineFeatures) -> None:
    for number in range(64, 340):
        name = f"c{number % 4}"
        write(features, *[(f"{number} {i}", i, name, 1.0) for i in range(64 if number < 68 else 1)])
        assert ask(features, name)[0] == 64 + (number - 64) // 4


def test_scopes_know_nothing_of_each_other(store: OnlineStore) -> None:
    one, other = (OnlineFeatures(store, name, [COUNT, TOTAL, LAST]) for name in ("one", "other"))
    more = OnlineFeatures(store, "one", [COUNT])
    write(one, ("a", 1, "c", 5.0))
    one.mark_ready()
    assert (one.ready, other.ready, more.ready) == (True, False, False)
    assert ask(other) == (0.0, None, None)
    write(other, ("a", 1, "c", 6.0))
    store.clear(one.scope)
    assert not one.ready
    assert (ask(one), ask(other)) == ((0.0, None, None), (1.0, 6.0, 6.0))
    assert write(one, ("a", 1, "c", 5.0)) == Written(1, 0, 0)


def test_late_and_changed_events_of_a_long_stream_find_their_place(
    features: OnlineFeatures,
) -> None:
    many = [(f"k{i:04}", i * 10, "c", 1.0) for i in range(1100)]
    write(features, *many)
    assert ask(features, time=11_000) == (1100.0, 1100.0, 1.0)
    late = [(f"late {i}", i * 10 + 5, "c", 2.0) for i in range(0, 1100, 10)]
    for begin in range(0, len(late), 30):
        write(features, *late[begin : begin + 30])
    assert ask(features, time=11_000) == (1210.0, 1320.0, 1.0)
    assert ask(features, time=5001) == (551.0, 601.0, 1.0)
    assert write(features, ("k0000", 10_995, "c", 7.0), ("k0001", 10, None, 1.0)).changed == 2
    assert ask(features, time=11_000) == (1209.0, 1325.0, 7.0)
    assert write(features, *[(f"k{i:04}", i * 10, "c", 3.0) for i in range(2, 90)]).changed == 88
    assert ask(features, time=11_000) == (1209.0, 1325.0 + 2 * 88, 7.0)


def test_a_store_without_anything_answers(store: OnlineStore) -> None:
    held = store.read("never", ["a"], [Ask("s", ("x",))])
    assert (dict(held.events), list(held.streams)) == ({}, [None])
    assert not store.is_marked("never")
    store.clear("never")


def test_what_is_not_as_expected_is_not_written(store: OnlineStore) -> None:
    scope = "expected"
    assert store.write(scope, Change([("a", b"1")], appended={"s": (1, b"x\n")})) == {"s": 1}
    again = Change([("b", b"1"), ("a", b"1")], appended={"s": (1, b"y\n")})
    assert store.write(scope, again) is None
    changed = Change(replaced={"a": (b"0", b"2")}, appended={"s": (1, b"y\n")})
    assert store.write(scope, changed) is None
    held = store.read(scope, ["a", "b"], [Ask("s")])
    (stream,) = held.streams
    assert stream is not None
    assert (dict(held.events), stream.log, stream.lines) == ({"a": b"1"}, b"x\n", 1)
    changed = Change(replaced={"a": (b"1", b"\x00\xff")}, appended={"s": (1, b"y\n")})
    assert store.write(scope, changed) == {"s": 2}
    assert store.read(scope, ["a"]).events == {"a": b"\x00\xff"}


def test_a_fold_leaves_what_was_appended_meanwhile(store: OnlineStore) -> None:
    scope, node = "folds", Node(0, "")
    store.write(scope, Change([("a", b"")], appended={"s": (1, b"x\n")}))
    store.write(scope, Change([("b", b"")], appended={"s": (1, b"yy\n")}))
    fold = Fold(0, 2, 1, b"\x00data", {node: b"n\xff", Node(0, "k"): b"k", Node(1, ""): b"g"})
    assert store.write(scope, Change(folded={"s": fold})) == {}
    assert store.write(scope, Change(folded={"s": fold})) is None
    (stream,) = store.read(scope, asks=[Ask("s", ("a", "z"), (0, 1))]).streams
    assert stream is not None
    assert (stream.data, stream.log, stream.lines, stream.folds) == (b"\x00data", b"yy\n", 1, 1)
    assert stream.nodes == {node: b"n\xff", Node(0, "k"): b"k", Node(1, ""): b"g"}
    (stream,) = store.read(scope, asks=[Ask("s", ("j",), (0, 1))]).streams
    assert stream is not None
    assert stream.nodes == {node: b"n\xff", Node(1, ""): b"g"}
    spans = [Span(0, "", "j"), Span(0, "j", "k"), Span(1, "a", "z")]
    for number, wanted in enumerate(({node: b"n\xff"}, {Node(0, "k"): b"k"}, {})):
        (stream,) = store.read(scope, asks=[Ask("s", spans=spans[number : number + 1])]).streams
        assert stream is not None
        assert stream.nodes == wanted


def test_state_outlasts_the_process_that_wrote_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'online.db'}?power=safe"
    for wanted in (Written(1, 0, 0), Written(0, 0, 1)):
        store = open_online(url)
        features = OnlineFeatures(store, "fraud/1", [COUNT, TOTAL, LAST])
        assert write(features, ("a", 1, "c", 5.0)) == wanted
        assert ask(features) == (1.0, 5.0, 5.0)
        store.close()


def test_a_redis_that_is_killed_loses_nothing_and_its_absence_is_said(tmp_path: Path) -> None:
    server = RedisProcess(tmp_path)
    server.start()
    store = open_online(server.url)
    features = OnlineFeatures(store, "fraud/1", [COUNT, TOTAL, LAST])
    try:
        assert write(features, ("a", 1, "c", 5.0)) == Written(1, 0, 0)
        server.kill()
        with pytest.raises(EnvironmentFailure, match="failed 4 times") as failure:
            write(features, ("b", 2, "c", 7.0))
        assert failure.value.status == 503
        server.start()
        assert write(features, ("a", 1, "c", 5.0), ("b", 2, "c", 7.0)) == Written(1, 0, 1)
        assert ask(features) == (2.0, 12.0, 7.0)
    finally:
        store.close()
        server.kill()


@pytest.mark.parametrize(
    "url", ["", "file:///x", "sqlite://", "sqlite:///x?power=none", "redis:", "postgresql://h/d"]
)
def test_a_url_that_no_backend_has_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="KEEL_ONLINE"):
        open_online(url)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "online.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(EnvironmentFailure, match="not a sound database"):
        open_online(f"sqlite:///{tmp_path / 'online.db'}").is_marked("a")


def test_no_rows_and_no_events_are_fine(features: OnlineFeatures) -> None:
    rows = Rows(pl.Series([], dtype=pl.Int64), {"customer": pl.Series([], dtype=pl.String)})
    assert [len(values) for values in features.figures(rows).values()] == [0, 0, 0]
    features.fill("payments", payments(("a", 1, "c", 5.0)), [b""])
    assert len(features.figures(rows)["count"]) == 0


def test_every_event_that_came_in_live_is_found_as_last_written(features: OnlineFeatures) -> None:
    features.fill("payments", payments(("old", 1, "c", 5.0)), [b"{}"])
    assert list(features.every_live("payments")) == []
    rows = [(f"k{number}", number, "c", 1.0) for number in range(20)]
    write(features, *rows)
    write(features, ("k3", 3, "c", 2.0))
    last = [*rows[:3], ("k3", 3, "c", 2.0), *rows[4:]]
    assert dict(features.every_live("payments")) == {row[0]: repr(row).encode() for row in last}


def test_what_was_made_of_an_event_that_changed_meanwhile_is_not_written(
    features: OnlineFeatures,
) -> None:
    write(features, ("a", 1, "c", 5.0))
    before = features.payloads("payments", ["a"])
    write(features, ("a", 1, "c", 6.0))
    with pytest.raises(Overtaken):
        features.write("payments", payments(("a", 1, "c", 7.0)), [b"seven"], before)
    with pytest.raises(Overtaken):
        features.write("payments", payments(("a", 1, "c", 7.0)), [b"seven"], {})
    assert ask(features) == (1.0, 6.0, 6.0)
    now = features.payloads("payments", ["a"])
    changed = features.write("payments", payments(("a", 1, "c", 7.0)), [b"seven"], now)
    assert changed == Written(0, 1, 0)


def test_how_often_values_occur_in_a_long_stream_is_not_counted_one_by_one(
    store: OnlineStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keel.features.online.tree.BLOCK_SIZE", 8)
    monkeypatch.setattr("keel.features.online.tree.GROUP_SIZE", 4)
    names = {"distinct_count": 10_000.0, "approx_distinct_count": None, "quantile": 0.5, "top_k": 2}
    figures = [
        Figure(name, AMOUNT, "customer", window, 0, Kind.NUMBER, f"{name} {window}", parameter)
        for name, parameter in names.items()
        for window in (None, 1000)
    ]
    features = OnlineFeatures(store, f"{next(NUMBERS)}", figures)
    many = [(f"k{i:04}", i, "c", float(i * i % 37)) for i in range(1500)]
    for part in (many[:1200], many[1200:], [("late", 3, "c", 500.0), ("k0040", 40, "c", -1.0)]):
        write_all(features, *part)
    near = OnlineFeatures(store, f"{next(NUMBERS)}", figures)
    monkeypatch.setattr("keel.features.online.state.SHALLOW", 10**6)
    changed = {row[0]: row for row in (*many, ("late", 3, "c", 500.0), ("k0040", 40, "c", -1.0))}
    write_all(near, *changed.values())
    for time in (1500, 1100, 700, 35, 0):
        rows = Rows(pl.Series([time]), {"customer": pl.Series(["c"])})
        found, wanted = features.figures(rows), near.figures(rows)
        assert {name: column.to_list() for name, column in found.items()} == {
            name: column.to_list() for name, column in wanted.items()
        }


def write_all(features: OnlineFeatures, *rows: tuple) -> None:
    events = payments(*rows)
    events.readings.pop(COUNT.reading)
    features.write("payments", events, [repr(row).encode() for row in rows])
