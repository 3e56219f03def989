"""Rows answered line by line."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from keel.registry.version import Version
from tiny_systems import LOAN, petals

Failed = Callable[[httpx.Response, int], str]
PETAL = {"length": 2, "width": 0}
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/v1/petals/batch",
    "raw_path": b"/v1/petals/batch",
    "query_string": b"",
    "headers": [],
    "http_version": "1.1",
    "scheme": "http",
}


def lines(*rows: Any) -> bytes:
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)


def answers(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


def test_lines_are_answered_as_rows_are(api: Any) -> None:
    rows = [{**LOAN, "amount": amount} for amount in range(0, 5000, 2)]
    response = api.post("/v1/loans/batch", content=lines(*rows))
    assert (response.headers["keel-version"], len(rows)) == ("1", 2500)
    expected = api.post("/v1/loans/predict", json={"rows": rows}).json()["predictions"]
    assert answers(response) == expected


def test_a_bad_line_has_an_error_in_its_place_and_the_others_their_answers(api: Any) -> None:
    bad: list[tuple[bytes, str]] = [
        (b'{"length": 1', "not JSON"),
        (b"[1, 2]", "the line is a list"),
        (b'{"length": 1}', "column 'width' is missing"),
        (b'{"length": {}, "width": 1}', "column 'length' is an object"),
        (b'{"length": NaN, "width": 1}', "NaN"),
        (b"\xff", "not JSON in UTF-8"),
    ]
    good = lines(PETAL)
    body = b"\n".join(part for line, _ in bad for part in (line, good, b""))
    found = answers(api.post("/v1/petals/batch", content=body))
    assert len(found) == 2 * len(bad)
    for place, (_, message) in enumerate(bad):
        assert message in found[2 * place]["error"]
        assert found[2 * place]["line"] == 2 * place + 1
        assert found[2 * place + 1]["prediction"] == "large"


def test_lines_are_answered_while_others_are_still_to_come(api: Any) -> None:
    """Line by line in both directions, which an HTTP client in the same process can see only from
    the application's own messages."""

    async def run() -> list[str]:
        sent: asyncio.Queue[bytes] = asyncio.Queue()
        got: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def receive() -> dict[str, Any]:
            body = await sent.get()
            return {"type": "http.request", "body": body, "more_body": bool(body)}

        running = asyncio.create_task(api.app(SCOPE, receive, got.put))
        seen = []
        for length in (2, -2, 2):
            await sent.put(lines({"length": length, "width": 0}) + b"\n")
            if not seen:
                assert (await got.get())["status"] == 200
            seen.append(json.loads((await got.get())["body"])["prediction"])
        await sent.put(b"")
        assert await got.get() == {"type": "http.response.body", "body": b"", "more_body": False}
        await running
        return seen

    assert asyncio.run(run()) == ["large", "small", "large"]


def test_a_client_that_goes_away_ends_it(api: Any) -> None:
    async def run() -> None:
        messages = iter(
            [
                {"type": "http.request", "body": lines(PETAL) + b"\n", "more_body": True},
                {"type": "http.disconnect"},
            ]
        )

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(_message: Any) -> None:
            return

        await api.app(SCOPE, receive, send)

    asyncio.run(run())


def test_a_long_stream_is_answered_whole(api: Any) -> None:
    async def many() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield (lines(*[PETAL] * 100) + b"\n")[:-7]
            yield (lines(PETAL) + b"\n")[-7:]

    found = answers(api.post("/v1/petals/batch", content=many()))
    assert len(found) == 20_000
    assert {answer["prediction"] for answer in found} == {"large"}


def test_one_batch_is_answered_by_one_version(fresh: Any, register: Callable[..., Version]) -> None:
    register("petals", petals())
    fresh.runtime.refresh()

    async def released_meanwhile() -> AsyncIterator[bytes]:
        yield lines(PETAL) + b"\n"
        register("petals", petals(1))
        fresh.runtime.refresh()
        yield lines(PETAL)

    first, second = answers(fresh.post("/v1/petals/batch", content=released_meanwhile()))
    assert first == second
    assert fresh.post("/v1/petals/batch", content=b"").headers["keel-version"] == "2"


def test_what_is_asked_wrongly_is_said_before_a_line_is_read(api: Any, failed: Failed) -> None:
    assert "did you mean" in failed(api.post("/v1/petal/batch", content=lines(PETAL)), 404)
    assert "no champion" in failed(api.post("/v1/held/batch", content=lines(PETAL)), 503)
    for options, message in (("{", "not JSON"), ('{"k": 3}', "'k' is not known"), ("3", "object")):
        response = api.post("/v1/petals/batch", params={"options": options}, content=b"")
        assert message in failed(response, 400)
    unit = api.post("/v1/petals/batch", params={"options": '{"unit": "u"}'}, content=lines(PETAL))
    assert len(answers(unit)) == 1


@pytest.mark.parametrize("body", [b"", b"\n", b"\n\r\n \n"])
def test_no_lines_have_no_answers(api: Any, body: bytes) -> None:
    assert answers(api.post("/v1/petals/batch", content=body)) == []
