"""Events come in, and the next answer knows of them; labels come later."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import keel
from feature_tables import write_feature_tables
from keel.batch import answer_table
from keel.declare import read_declaration
from keel.errors import NotReady, RequestError
from keel.lifecycle import run
from keel.serve.predict import predict
from keel.serve.refused_events import RefusedEvents
from keel.serve.runtime import Runtime
from keel.serve.show_features import show_features
from keel.serve.take_events import take_events
from keel.store import Store
from keel.train.progress import silent
from tiny_systems import open_tiny_store

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("pay")
    write_feature_tables(folder)
    store = open_tiny_store(folder / ".keel")
    declared = read_declaration(folder / "keel.yaml")
    run(declared.system, base=folder, store=store, tell=silent)
    return store


@pytest.fixture
def pay(trained: Store) -> Runtime:
    refused = RefusedEvents(trained.settings.refused)
    runtime = Runtime(trained.engine, trained.blobs, online=trained.online, refused=refused)
    runtime.refresh()
    return runtime


def take(pay: Runtime, body: Any) -> dict[str, Any]:
    answer = take_events(pay, "pay", json.dumps(body).encode(), clock=lambda: NOON)
    return dict(json.loads(answer))


def features(pay: Runtime, **asked: str) -> dict[str, Any]:
    answer = json.loads(show_features(pay, "pay", asked, clock=lambda: NOON))
    return dict(answer["features"])


def payment(number: int, **more: Any) -> dict[str, Any]:
    usual = {"customer_id": "new", "terminal_id": "corner", "amount": 10.0}
    return {"tx_id": number, **usual, "at": "2026-02-10T11:50:00Z", **more}


def test_an_event_is_seen_at_once_and_counts_once(pay: Runtime) -> None:
    assert features(pay, customer="new")["spend_1d"] is None
    taken = {"system": "pay", "recorded": 1, "changed": 0, "repeated": 0}
    assert take(pay, payment(1001)) == taken
    assert take(pay, payment(1001))["repeated"] == 1
    assert features(pay, customer="new")["spend_1d"] == 10.0


def test_a_label_comes_later_and_is_seen_later_still(pay: Runtime) -> None:
    take(pay, payment(1002, terminal_id="park", customer_id="a"))
    assert take(pay, {"tx_id": 1002, "is_fraud": True})["changed"] == 1
    early, late = "2026-02-17T11:00:00Z", "2026-02-17T12:00:00Z"
    assert features(pay, terminal="park", time=early)["risk"] is None
    assert features(pay, terminal="park", time=late)["risk"] == 1.0
    assert features(pay, customer="a")["spend_1d"] == 10.0


def test_what_history_says_already_is_repeated(pay: Runtime) -> None:
    assert take(pay, {"tx_id": 6, "customer_id": "0", "terminal_id": "0"})["changed"] == 1
    assert take(pay, {"tx_id": 6, "customer_id": "0"})["repeated"] == 1
    assert take(pay, {"tx_id": 8})["repeated"] == 1


def test_a_label_of_history_can_change(pay: Runtime) -> None:
    assert take(pay, {"tx_id": 5, "amount": 1.5})["changed"] == 1


def test_an_event_without_a_time_is_of_now(pay: Runtime) -> None:
    event = payment(1003, customer_id="b")
    del event["at"]
    take(pay, event)
    assert features(pay, customer="b", time="2026-02-10T12:00:00.000001Z")["spend_1d"] == 10.0


def test_what_is_known_of_an_entity_changes_from_its_time_on(pay: Runtime) -> None:
    row = {"customer_id": "c", "income": 100, "job": "judge", "since": "2026-02-10T11:00:00"}
    assert take(pay, {"table": "customers", "rows": [row]})["recorded"] == 1
    assert features(pay, customer="c")["job"] == "judge"
    assert features(pay, customer="c", time="2026-02-10T10:59:59")["job"] is None
    assert features(pay, customer="c", time="2026-02-10T11:00:00")["job"] == "judge"


def test_rows_that_are_no_events_are_told_and_the_others_are_taken(pay: Runtime) -> None:
    rows = [
        payment(1004, customer_id="d"),
        {"amount": 3},
        payment(1005, at="soon"),
        payment(1006, at="2026-02-12T12:00:00"),
        {"tx_id": 1007, "amount": 3},
        payment(1008, amount={"eur": 3}),
        payment(1009, at="9999-12-31"),
    ]
    assert pay.refused is not None
    answer = take(pay, {"rows": rows, "table": "payments"})
    told = {one["row"]: one["reason"] for one in answer["quarantined"]}
    assert answer["recorded"] == 1
    kept = (pay.refused.folder.parent / answer["quarantined_in"]).read_text().splitlines()
    assert [json.loads(line)["row"] for line in kept] == rows[1:]
    assert told[1] == "it has no tx_id, which tells events apart"
    assert told[2] == "at is 'soon', which is no time"
    assert told[3] == "at is '2026-02-12T12:00:00', more than a day from now"
    assert told[4].startswith("it says nothing of whose it is: give ")
    assert told[5].startswith("amount is an object; allowed is a number, a text")
    assert told[6] == "at is '9999-12-31', more than a day from now"
    part = {"table": "customers", "rows": [{"customer_id": "d", "income": 5}]}
    (refused,) = take(pay, part)["quarantined"]
    assert "it lacks job" in refused["reason"]


def test_columns_that_no_table_has_are_told(pay: Runtime) -> None:
    assert take(pay, {"tx_id": 7, "is_fruad": True})["ignored"] == ["is_fruad"]


def test_predicting_writes_nothing(pay: Runtime) -> None:
    row = payment(1008, customer_id="e")
    predict(pay, "pay", json.dumps(row).encode())
    assert features(pay, customer="e")["payments_1h"] == 1.0
    assert features(pay, customer="e")["spend_1d"] is None


def test_a_row_says_whose_it_is(pay: Runtime) -> None:
    with pytest.raises(RequestError, match="row 0 says nothing of whose it is"):
        predict(pay, "pay", b'{"amount": 3}')
    with pytest.raises(RequestError, match="did you mean 'customer'"):
        features(pay, custmer="e")
    with pytest.raises(RequestError, match="no feature is taken from rows of 'login'"):
        take(pay, {"table": "login", "rows": []})


def test_rows_of_nobody_are_answered_as_they_were_learned_from(trained: Store) -> None:
    rows = [{"customer_id": "3", "terminal_id": "4"}, {"customer_id": None, "terminal_id": None}]
    found = keel.features.at("pay", pl.DataFrame(rows), home=trained.settings.home)
    assert found["payments_1h"].to_list() == [1.0, 0.0]


def test_a_table_is_answered_as_its_rows_are(
    trained: Store, pay: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(pay, payment(1020, customer_id="g", amount=77.0))
    asked = {"customer_id": ["3", "g", None], "terminal_id": ["4", "corner", None], "amount": 9.0}
    rows = pl.DataFrame(asked).with_columns(at=pl.Series(["2026-02-01T12:00:00Z"] * 3))
    rows.write_csv(tmp_path / "rows.csv")
    answers = []
    for many in (1, 100):
        monkeypatch.setattr("keel.features.online.online_features.MANY", many)
        into = tmp_path / f"{many}.csv"
        answer_table(trained, "pay", str(tmp_path / "rows.csv"), into, tell=silent)
        answers.append(into.read_text())
    assert answers[0] == answers[1]


def test_values_that_cannot_be_read_are_told(pay: Runtime) -> None:
    taken = take(pay, payment(1012, customer_id="odd", amount="a lot"))
    assert (taken["recorded"], taken["unread"]) == (1, {"amount": 1})
    assert features(pay, customer="odd")["payments_1h"] == 2.0


def test_features_are_shown_as_of_the_time_that_a_row_says(pay: Runtime) -> None:
    assert pay.refused is not None
    shown = show_features(pay, "pay", {"customer": "3", "at": "2026-02-01T12:00:00Z"})
    same = show_features(pay, "pay", {"customer": "3", "time": "2026-02-01T13:00:00+01:00"})
    assert shown == same
    assert json.loads(shown)["time"] == "2026-02-01T12:00:00Z"
    asked = keel.features.at(
        "pay", customer="3", time="2026-02-01T12:00:00Z", home=pay.refused.folder.parent
    )
    assert asked["spend_7d"][0] == json.loads(shown)["features"]["spend_7d"]
    with pytest.raises(RequestError, match="at is 'noon'; write it as"):
        features(pay, customer="3", at="noon")


def test_a_new_definition_misses_nothing_that_came_in_live(
    trained: Store, pay: Runtime, tmp_path: Path
) -> None:
    take(pay, payment(1010, customer_id="f", amount=30.0))
    write_feature_tables(tmp_path)
    file = tmp_path / "keel.yaml"
    added = "  amount: amount\n  most: max(amount * 2) over 7d by customer\n"
    file.write_text(file.read_text().replace("  amount: amount\n", added))
    run(
        read_declaration(file).system, base=tmp_path, store=trained, tell=silent, clock=lambda: NOON
    )
    # A server that still answers with the version before feeds the new state too.
    take(pay, payment(1011, customer_id="f", amount=50.0))
    assert features(pay, customer="f")["spend_1d"] == 80.0
    pay.refresh()
    assert features(pay, customer="f")["spend_1d"] == 80.0
    assert features(pay, customer="f")["most"] == 100.0


def test_without_its_history_nothing_is_answered(trained: Store, tmp_path: Path) -> None:
    elsewhere = open_tiny_store(tmp_path / "elsewhere").online
    runtime = Runtime(trained.engine, trained.blobs, online=elsewhere)
    runtime.refresh()
    with pytest.raises(NotReady, match="`keel run` fills it"):
        predict(runtime, "pay", b'{"customer_id": 3}')
