import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import polars as pl
import pytest

import tiny_systems
from keel.backends.blobs import Blobs
from keel.clock import system_clock
from keel.errors import NotFound, NotReady
from keel.registry.record import Record
from keel.registry.version import Version
from keel.releases.begin import begin_release
from keel.releases.move import go_on
from keel.releases.rollback import rollback
from keel.releases.routing import Route
from keel.serve.answer_log import Answered
from keel.serve.predict import predict
from keel.serve.runtime import Runtime, polling
from keel.serve.served import Served, open_served
from keel.serve.standing import Choice
from keel.spec.release import parse_steps
from keel.store import Store
from tiny_systems import damage, houses, petals, write_model

Add = Callable[..., Version]
ROW = pl.DataFrame({"length": [2.0], "width": [0.0]})


class KeptLog:
    def __init__(self) -> None:
        self.answered: list[Answered] = []

    def append(self, answered: Answered) -> None:
        self.answered.append(answered)


def test_the_champion_answers_after_a_refresh(add: Add, runtime: Runtime) -> None:
    with pytest.raises(NotFound, match="no system 'petals'"):
        runtime.serving("petals")
    version = add("petals", petals())
    runtime.refresh()
    served = runtime.serving("petals")
    assert str(served) == str(version)
    assert runtime.answer(Choice(served), ROW, request_id="a").decision.tolist() == [2]


def test_a_new_champion_and_a_rollback_take_effect(
    add: Add, runtime: Runtime, store: Store
) -> None:
    add("petals", petals())
    runtime.refresh()
    first = runtime.serving("petals")
    add("petals", petals(1))
    runtime.refresh()
    assert runtime.serving("petals").number == 2
    rollback(store.engine, "petals", system_clock, actor="ada")
    runtime.refresh()
    assert runtime.serving("petals") is first, "it was still in memory"


def test_a_held_version_does_not_answer(add: Add, runtime: Runtime) -> None:
    add("petals", petals(), False)
    runtime.refresh()
    with pytest.raises(NotReady, match="petals has no champion yet"):
        runtime.serving("petals")
    assert runtime.ready, "a system without a champion is listed, and holds nobody up"
    assert runtime.standings["petals"].served is None
    add("petals", petals())
    runtime.refresh()
    assert runtime.serving("petals").number == 2


def test_a_version_that_does_not_answer_is_named_with_the_one_that_does(
    add: Add, runtime: Runtime
) -> None:
    add("petals", petals())
    add("petals", petals(1))
    runtime.refresh()
    assert runtime.serving("petals", "2").number == 2
    with pytest.raises(NotFound, match=r"petals@1 is not served: petals@2 is"):
        runtime.serving("petals", "1")


def test_a_corrupt_champion_leaves_the_one_before_answering(
    add: Add, runtime: Runtime, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    add("petals", petals())
    runtime.refresh()
    second = add("petals", petals(1))
    content = damage(store, second)
    runtime.refresh()
    assert runtime.serving("petals").number == 1
    assert runtime.ready
    problem = runtime.standings["petals"].problem
    assert problem is not None
    assert "model.onnx: SHA-256 is" in problem
    runtime.refresh()
    assert caplog.text.count("petals@2 cannot be loaded") == 1, "said once, not at every look"
    write_model(store, second, content)
    runtime.refresh()
    assert runtime.serving("petals").number == 2
    assert runtime.standings["petals"].problem is None


def test_a_corrupt_champion_with_none_before_is_not_ready_and_stops_no_other(
    add: Add, runtime: Runtime, store: Store
) -> None:
    damage(store, add("petals", petals()))
    add("roses", petals(1))
    runtime.refresh()
    assert not runtime.ready
    with pytest.raises(NotReady, match=r"(?s)petals@1 cannot be loaded.*SHA-256"):
        runtime.serving("petals")
    assert runtime.serving("roses").number == 1


def test_a_failed_version_is_not_verified_again_at_every_look(add: Add, store: Store) -> None:
    loads = []

    def load(blobs: Blobs, system: str, route: Route) -> Served:
        loads.append(system)
        return open_served(blobs, system, route)

    damage(store, add("petals", petals()))
    runtime = Runtime(store.engine, store.blobs, load=load, retry_s=60)
    for _ in range(3):
        runtime.refresh()
    assert loads == ["petals"]


def test_only_a_few_versions_that_do_not_answer_stay_in_memory(add: Add, store: Store) -> None:
    loads = []

    def load(blobs: Blobs, system: str, route: Route) -> Served:
        loads.append(route.number)
        return open_served(blobs, system, route)

    runtime = Runtime(store.engine, store.blobs, load=load, spare=1)
    for seed in range(3):
        add("petals", petals(seed))
        runtime.refresh()
    for _ in range(2):
        rollback(store.engine, "petals", system_clock, actor="ada")
        runtime.refresh()
    assert runtime.serving("petals").number == 1
    assert loads == [1, 2, 3, 1]


def test_a_database_that_is_away_leaves_the_old_routing_in_force(
    add: Add, runtime: Runtime, store: Store
) -> None:
    add("petals", petals())
    runtime.refresh()
    file = store.settings.home / "keel.db"
    store.engine.dispose()
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    runtime.refresh()
    assert runtime.trouble is not None
    assert runtime.serving("petals").number == 1
    file.rmdir()
    file.with_suffix(".away").rename(file)
    runtime.refresh()
    assert runtime.trouble is None


def test_every_answer_goes_to_the_log(add: Add, store: Store) -> None:
    add("petals", petals())
    log, now = KeptLog(), datetime(2026, 3, 1, tzinfo=UTC)
    runtime = Runtime(store.engine, store.blobs, answer_log=log, clock=lambda: now)
    runtime.refresh()
    rows = pl.concat([ROW, ROW])
    served = runtime.serving("petals")
    prediction = runtime.answer(Choice(served), rows, request_id="a1", unit="ada")
    (answered,) = log.answered
    assert answered.served is served
    assert (answered.arm, answered.release, answered.step) == ("champion", None, None)
    assert (answered.request_id, answered.unit, answered.at) == ("a1", "ada", now)
    assert answered.rows is rows
    assert answered.prediction is prediction
    assert answered.latency_ms > 0


def test_what_is_logged_is_what_the_graph_saw_and_what_evidence_needs(
    add: Add, store: Store
) -> None:
    declaration = {"data": {"houses": {"table": "h.csv", "key": "plot"}}}
    add("houses", houses(), declaration=declaration)
    log = KeptLog()
    runtime = Runtime(store.engine, store.blobs, answer_log=log)
    runtime.refresh()
    house = b'{"area": 80, "year": 1900, "seen": "2026-03-01T09:00:00", "plot": 7, "note": "x"}'
    predict(runtime, "houses", house)
    assert isinstance(log.answered[0].rows, pl.DataFrame)
    assert log.answered[0].rows.to_dicts() == [
        {"area": 80.0, "is_old": True, "hour": 9.0, "plot": "7"}
    ]


def test_polling_follows_the_registry_while_others_ask(
    add: Add, runtime: Runtime, store: Store
) -> None:
    add("petals", petals())
    runtime.refresh()
    failures: list[Exception] = []
    numbers: set[int] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                served = runtime.serving("petals")
                runtime.answer(Choice(served), ROW, request_id="a")
                numbers.add(served.number)
            except Exception as error:
                failures.append(error)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    with polling(runtime, every_s=0.01):
        for thread in asking:
            thread.start()
        add("petals", petals(1))
        _wait(lambda: 2 in numbers)
        rollback(store.engine, "petals", system_clock, actor="ada")
        _wait(lambda: runtime.serving("petals").number == 1)
        stop.set()
        for thread in asking:
            thread.join()
    assert failures == []
    assert numbers == {1, 2}


def _wait(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_a_unit_is_answered_by_its_arm(add: Add, runtime: Runtime, store: Store) -> None:
    add("petals", petals())
    add("petals", petals(1), at_once=False)
    steps = parse_steps("shadow 1h, 50% 1h, 100%")
    release = begin_release(store.engine, "petals", 2, steps, system_clock, actor="ada")
    runtime.refresh()
    chosen = runtime.standing("petals").choose("7")
    assert (chosen.served.number, chosen.arm, chosen.step) == (1, "champion", 0)
    shadow = runtime.standings["petals"].shadow
    assert shadow is not None
    assert (shadow.served.number, shadow.arm) == (2, "shadow")
    go_on(store.engine, release, system_clock, actor="ada", reason="")
    runtime.refresh()
    choices = {unit: runtime.standing("petals").choose(unit) for unit in map(str, range(50))}
    assert {(c.served.number, c.arm, c.step) for c in choices.values()} == {
        (1, "champion", 1),
        (2, "challenger", 1),
    }
    assert all(runtime.standing("petals").choose(unit) is choices[unit] for unit in choices)
    assert runtime.serving("petals").number == 1
    assert runtime.serving("petals", "2").number == 2


def test_a_release_whose_version_is_corrupt_is_no_release(
    add: Add, runtime: Runtime, store: Store
) -> None:
    add("petals", petals())
    damage(store, add("petals", petals(1), at_once=False))
    steps = parse_steps("50% 1h, 100%")
    begin_release(store.engine, "petals", 2, steps, system_clock, actor="ada")
    runtime.refresh()
    assert {runtime.standing("petals").choose(str(i)).served.number for i in range(20)} == {1}
    problem = runtime.standings["petals"].problem
    assert problem is not None
    assert "model.onnx: SHA-256 is" in problem
    assert runtime.ready


def test_a_database_that_says_nothing_is_told_while_it_is_waited_for(
    add: Add, runtime: Runtime, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("petals", petals())
    runtime.refresh()
    monkeypatch.setattr("keel.serve.runtime.STALE_S", 0.01)
    with closing(sqlite3.connect(store.settings.home / "keel.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        asking = threading.Thread(target=runtime.refresh)
        asking.start()
        until_s = time.monotonic() + 10
        while runtime.trouble is None:
            assert time.monotonic() < until_s
        assert "said nothing yet" in runtime.trouble
        assert runtime.serving("petals").number == 1
        other.execute("COMMIT")
    asking.join()
    assert runtime.trouble is None


def test_rows_about_several_units_are_answered_where_each_belongs(
    store: Store, runtime: Runtime, make_record: Callable[..., Record]
) -> None:
    declared = {"entities": {"garden": "garden"}}
    record = partial(make_record, declaration=declared)
    for at_once in (True, False):
        tiny_systems.add(store, "petals", petals(), make_record=record, at_once=at_once)
    begin_release(store.engine, "petals", 2, parse_steps("50% 1h, 100%"), system_clock, actor="ada")
    runtime.refresh()
    rows = [{"length": 1.0, "width": 0.0, "garden": str(i)} for i in range(20)]
    alone = [json.loads(predict(runtime, "petals", json.dumps(row).encode())) for row in rows]
    versions = [answer["version"] for answer in alone]
    assert set(versions) == {1, 2}
    together = json.loads(predict(runtime, "petals", json.dumps({"rows": rows}).encode()))
    assert together["version"] == 1
    named = [answer.get("version", 1) for answer in together["predictions"]]
    assert named == versions, "each unit has its version, alone and among others"
    assert [{**answer, "version": 1} for answer in together["predictions"]] == [
        {**answer["predictions"][0], "version": 1} for answer in alone
    ]
    one = {"rows": rows, "options": {"unit": "ada"}}
    answer = json.loads(predict(runtime, "petals", json.dumps(one).encode()))
    assert all("version" not in prediction for prediction in answer["predictions"])


def test_the_entity_that_a_request_names_is_kept_with_its_answer(
    store: Store, make_record: Callable[..., Record]
) -> None:
    record = partial(make_record, declaration={"entities": {"garden": "garden"}})
    tiny_systems.add(store, "petals", petals(), make_record=record)
    kept = KeptLog()
    runtime = Runtime(store.engine, store.blobs, answer_log=kept)
    runtime.refresh()
    predict(runtime, "petals", b'{"length": 1, "width": 0, "garden": 7}')
    predict(runtime, "petals", b'{"rows": [{"length": 1, "width": 0}], "options": {"unit": "ada"}}')
    predict(runtime, "petals", b'{"length": 1, "width": 0}')
    assert [answered.unit for answered in kept.answered] == ["7", "ada", None]
