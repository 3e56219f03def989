"""Rows that are answered on the spot, and what is handed on."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from keel.api.app import create_app
from keel.api.connection import WHOLE_S
from keel.api.front import Front
from keel.api.limits import Limits
from keel.registry.record import Record
from keel.serve.answer_log import Answered
from keel.serve.runtime import Runtime
from tiny_systems import add, open_tiny_store, petals, trips

TRIP = {"km": 12, "mode": "tram", "paid": True, "at": "2026-03-01T12:00:00Z"}


class KeptLog:
    """Keeps what was answered, and whether the answer was sent by then."""

    def __init__(self) -> None:
        self.answered: list[Answered] = []
        self.sent_before: list[bool] = []
        self.sent: list[dict[str, Any]] = []

    def append(self, answered: Answered) -> None:
        self.answered.append(answered)
        self.sent_before.append(bool(self.sent))


class Asked:
    """An application that is called as a server calls it."""

    def __init__(self, app: Front, log: KeptLog) -> None:
        self.app = app
        self.log = log

    def post(self, path: str, *parts: bytes, **more: Any) -> tuple[int, dict[str, str], Any]:
        """The status, headers and JSON of an answer to a body that comes in parts."""
        messages = [
            {"type": "http.request", "body": part, "more_body": number < len(parts)}
            for number, part in enumerate(parts, 1)
        ]
        self.log.sent.clear()

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            self.log.sent.append(message)

        headers = [(b"content-length", b"%d" % sum(map(len, parts)))]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
        scope |= {"query_string": b"", "root_path": "", "http_version": "1.1"}
        scope |= more
        asyncio.run(self.app(scope, receive, send))
        start, *bodies = self.log.sent
        content = b"".join(body["body"] for body in bodies)
        named = {name.decode(): value.decode() for name, value in start["headers"]}
        assert int(named["content-length"]) == len(content)
        return start["status"], named, json.loads(content)


@pytest.fixture(scope="module")
def log() -> KeptLog:
    return KeptLog()


@pytest.fixture(scope="module")
def runtime(
    tmp_path_factory: pytest.TempPathFactory, make_record: Callable[..., Record], log: KeptLog
) -> Runtime:
    store = open_tiny_store(tmp_path_factory.mktemp("front"))
    for system, exported in (("trips", trips()), ("petals", petals())):
        add(store, system, exported, make_record=make_record)
    opened = Runtime(store.engine, store.blobs, answer_log=log)
    opened.refresh()
    return opened


@pytest.fixture(scope="module")
def asked(runtime: Runtime, log: KeptLog) -> Asked:
    return Asked(create_app(runtime), log)


def without_id(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "request_id"}


@pytest.mark.parametrize(
    ("row", "odd"), [(TRIP, {**TRIP, "km": "12"}), (TRIP, {**TRIP, "mode": " tram "})]
)
def test_a_row_gets_one_answer_on_the_spot_and_by_a_table(
    asked: Asked, row: dict[str, Any], odd: dict[str, Any]
) -> None:
    answers = []
    for body in (row, odd, {"rows": [row]}, {"rows": [odd]}):
        status, headers, answer = asked.post("/v1/trips/predict", json.dumps(body).encode())
        assert (status, headers["content-type"]) == (200, "application/json")
        answers.append(answer)
    first, *others = map(without_id, answers)
    assert others == [first] * 3
    assert len({answer["request_id"] for answer in answers}) == 4


def test_an_answer_is_logged_after_it_was_sent(asked: Asked) -> None:
    body = {"rows": [TRIP], "options": {"unit": "ada"}}
    _, _, answer = asked.post("/v1/trips/predict", json.dumps(body).encode())
    logged = asked.log.answered[-1]
    assert asked.log.sent_before[-1]
    assert logged.request_id == answer["request_id"]
    assert (logged.rows, logged.unit, logged.arm) == (TRIP, "ada", "champion")
    assert logged.latency_ms > 0
    assert logged.error is None


def test_a_body_in_parts_is_answered(asked: Asked) -> None:
    body = json.dumps(TRIP).encode()
    status, _, answer = asked.post("/v1/trips/predict", body[:9], body[9:20], body[20:])
    assert status == 200
    assert answer["system"] == "trips"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/trips/predict", b"{", 400),
        ("/v1/trips/predict", b"[1]", 400),
        ("/v1/trips/predict", b'{"km": 1}', 400),
        ("/v1/trips/predict", b'{"rows": [{}], "optoins": {}}', 400),
        ("/v1/petals/predict", b'{"rows": [{"length": 1, "width": 1}], "options": {"k": 1}}', 400),
        ("/v1/trip/predict", b"{}", 404),
        ("/v1/trips/more/predict", b"{}", 404),
    ],
)
def test_what_is_wrong_is_said_by_the_rest(
    asked: Asked, path: str, body: bytes, status: int
) -> None:
    found, _, answer = asked.post(path, body)
    assert (found, list(answer)) == (status, ["error"])


def test_more_than_can_be_done_is_told_to_come_back_and_what_is_quick_is_done(
    asked: Asked, runtime: Runtime
) -> None:
    crowded = Asked(create_app(runtime, limits=Limits(most_at_once=0)), asked.log)
    odd = json.dumps({**TRIP, "km": "12"}).encode()
    status, headers, answer = crowded.post("/v1/trips/predict", odd)
    assert (status, headers["retry-after"]) == (503, "1")
    assert "as many as are taken at once" in answer["error"]
    assert crowded.post("/v1/trips/predict", json.dumps(TRIP).encode())[0] == 200


def test_a_request_that_had_to_wait_is_told_to_come_back(asked: Asked) -> None:
    body = json.dumps(TRIP).encode()
    long_ago_s = time.perf_counter() - Limits().most_wait_s
    status, headers, answer = asked.post("/v1/trips/predict", body, **{WHOLE_S: long_ago_s})
    assert (status, headers["retry-after"]) == (503, "1")
    assert "had to wait" in answer["error"]
