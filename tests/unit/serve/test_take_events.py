"""What users did is taken in, all of it or nothing, and the next answer knows of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from keel.errors import RequestError
from keel.registry.version import Version
from keel.serve.new_events import Happened, recent_events, record_events
from keel.serve.predict import predict
from keel.serve.runtime import Runtime
from keel.serve.take_events import take_events
from keel.store import Store
from keel.train.export.new_event import NewEvent
from tiny_systems import petals

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def take(films: Runtime, body: Any) -> dict[str, Any]:
    answer = take_events(films, "films", json.dumps(body).encode(), clock=lambda: NOON)
    return dict(json.loads(answer))


def items(films: Runtime, row: dict[str, Any], **options: Any) -> list[str]:
    body = json.dumps({"rows": [row], "options": options}).encode()
    (answer,) = json.loads(predict(films, "films", body))["predictions"]
    assert answer["prediction"] == answer["items"][0]["item"]
    return [one["item"] for one in answer["items"]]


def test_an_event_changes_the_next_answer(films: Runtime) -> None:
    before = items(films, {"user": "u10"}, k=5)
    assert take(films, {"user": "u10", "item": before[0], "value": 5}) == {
        "system": "films",
        "recorded": 1,
        "unknown": 0,
    }
    after = items(films, {"user": "u10"}, k=5)
    assert before[0] not in after
    assert before[0] in items(films, {"user": "u10"}, k=30, exclude_seen=False)


def test_a_stranger_becomes_known_by_what_they_do(films: Runtime) -> None:
    first = items(films, {"user": "stranger"}, k=5)
    rows = [{"user": "stranger", "item": f"i{code:02d}"} for code in (1, 3, 5)]
    assert take(films, {"rows": rows})["recorded"] == 3
    assert items(films, {"user": "stranger"}, k=5) != first


def test_items_that_the_version_does_not_know_are_counted(films: Runtime) -> None:
    assert take(films, {"user": "u11", "item": "brand new"})["unknown"] == 1


def test_a_history_may_hold_ids_and_values(films: Runtime) -> None:
    plain = items(films, {"history": ["i01", "i03"]}, k=3)
    valued = items(films, {"history": [{"item": "i01", "value": 4}, {"item": "i03"}]}, k=3)
    assert set(plain) & set(valued)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"rows": 3}, "'rows' is a number; allowed is a list of objects"),
        ({"rows": [3]}, "event 0 is a number; allowed is an object"),
        ({"user": "u1"}, "missing required field `item`"),
        ({"user": ["u1"], "item": "i01"}, "an event needs a user and an item"),
        ({"user": "u1", "item": "i01", "value": "5"}, "a value (a number)"),
        ({"user": "u1", "item": "i01", "time": "yesterday"}, "a time (ISO 8601)"),
        ({"user": "u1", "itm": "i01"}, "did you mean 'item'?"),
    ],
)
def test_nothing_is_kept_of_a_body_with_a_mistake(films: Runtime, body: Any, told: str) -> None:
    rows = body["rows"] if isinstance(body, dict) and "rows" in body else [body]
    good = {"user": "u12", "item": "i01"}
    together = {"rows": [good, *rows]} if isinstance(rows, list) else body
    before = items(films, {"user": "u12"})
    with pytest.raises(RequestError) as raised:
        take(films, together)
    assert told.replace("event 0", "event 1") in str(raised.value)
    assert items(films, {"user": "u12"}) == before


@pytest.mark.parametrize(
    ("row", "options", "told"),
    [
        ({"usr": "u1"}, {}, "did you mean 'user'?"),
        ({"user": ["u1"]}, {}, "column 'user' is a list"),
        ({"user": "u1", "history": [["i01"]]}, {}, "column 'history' is a list"),
        ({"user": "u1"}, {"k": "ten"}, "option 'k' is a text; allowed is a whole number"),
        ({"user": "u1"}, {"k": 0}, "option 'k' is 0"),
        ({"user": "u1"}, {"filter": "Comedy"}, "an object with a value for each column"),
        ({"user": "u1"}, {"divrsity": 1}, "did you mean 'diversity'?"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(
    films: Runtime, row: dict[str, Any], options: dict[str, Any], told: str
) -> None:
    with pytest.raises(RequestError) as raised:
        items(films, row, **options)
    assert told in str(raised.value)


def test_other_systems_take_no_events(runtime: Runtime, add: Callable[..., Version]) -> None:
    add("petals", petals())
    runtime.refresh()
    with pytest.raises(RequestError, match="petals takes no events"):
        take_events(runtime, "petals", b'{"user": "a", "item": "b"}')


def test_new_events_come_in_order_of_time_and_only_of_their_system(store: Store) -> None:
    later = Happened("ada", "late", NOON.replace(hour=13))
    record_events(store.engine, "films", [later, Happened("ada", "early", NOON, 3.0)])
    record_events(store.engine, "songs", [Happened("ada", "song", NOON)])
    record_events(store.engine, "films", [])
    found = recent_events(store.engine, "films")(["ada", "bob", *map(str, range(700))])
    assert found == {"ada": [NewEvent("early", 3.0), NewEvent("late")]}
