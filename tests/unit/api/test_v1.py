from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from keel.api.body import MOST_BYTES
from keel.registry.version import Version
from tiny_systems import LOAN, damage, petals

Failed = Callable[[httpx.Response, int], str]
PETAL = {"length": 2, "width": 0}


def test_systems_are_listed_with_what_answers(api: Any) -> None:
    systems = {system["system"]: system for system in api.get("/v1").json()["systems"]}
    assert list(systems) == ["held", "houses", "loans", "petals"]
    assert systems["loans"] == {
        "system": "loans",
        "ready": True,
        "version": 1,
        "task": "classify",
        "card": "/v1/loans/card",
        "problem": None,
    }
    assert systems["held"] == dict.fromkeys(systems["loans"]) | {"system": "held", "ready": False}


def test_a_system_is_described_with_its_signature_and_promises(api: Any) -> None:
    described = api.get("/v1/petals").json()
    assert (described["system"], described["version"]) == ("petals", 1)
    assert [column["name"] for column in described["signature"]["inputs"]] == ["length", "width"]
    assert described["promises"] == [
        {
            "promise": "no leakage",
            "verdict": "kept",
            "value": None,
            "low": None,
            "high": None,
            "n": None,
            "reason": "nothing was found",
        }
    ]


def test_a_card_is_the_one_of_the_version_that_answers(api: Any) -> None:
    card = api.get("/v1/petals/card")
    assert card.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>petals</title>" in card.text


def test_one_row_and_several_are_answered_in_one_shape(api: Any) -> None:
    one = api.post("/v1/petals/predict", json=PETAL).json()
    two = api.post("/v1/petals/predict", json={"rows": [PETAL, {"length": -2, "width": 0}]}).json()
    assert list(one) == ["system", "version", "request_id", "predictions"]
    assert (one["system"], one["version"]) == ("petals", 1)
    assert one["request_id"] != two["request_id"]
    assert one["predictions"] == two["predictions"][:1]
    first, second = two["predictions"]
    assert (first["prediction"], second["prediction"]) == ("large", "small")
    assert list(first["scores"]) == ["small", "medium", "large"]
    assert sum(first["scores"].values()) == pytest.approx(1, abs=1e-5)


def test_a_declared_action_is_told(api: Any) -> None:
    rows = [{**LOAN, "amount": amount} for amount in (0, 5000)]
    answers = api.post("/v1/loans/predict", json={"rows": rows}).json()["predictions"]
    assert [(a["prediction"], a["action"]) for a in answers] == [
        ("paid", "approve"),
        ("lost", "block"),
    ]


def test_a_value_is_a_number_and_has_no_scores(api: Any) -> None:
    house = {"area": 100, "year": 1930, "seen": "2026-01-01T12:00:00"}
    (answer,) = api.post("/v1/houses/predict", json=house).json()["predictions"]
    assert answer == {"prediction": pytest.approx(200_000, rel=0.01)}


def test_no_rows_have_no_answers(api: Any) -> None:
    assert api.post("/v1/loans/predict", json={"rows": []}).json()["predictions"] == []


def test_values_that_are_missing_unseen_or_of_another_type_are_answered(api: Any) -> None:
    odd = {"amount": "many", "channel": 7, "new": "maybe", "at": "later", "note": None, "more": []}
    response = api.post("/v1/loans/predict", json={"rows": [dict.fromkeys(LOAN), odd]})
    assert response.status_code == 200
    first, second = response.json()["predictions"]
    assert first.keys() == second.keys()
    assert response.json()["unread"] == {"amount": 1, "new": 1, "at": 1}
    alone = api.post("/v1/loans/predict", json=odd).json()
    assert alone["unread"] == {"amount": 1, "new": 1, "at": 1}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "it is empty"),
        (b"{", "not JSON"),
        (b"null", "the body is null"),
        (b'{"length": NaN, "width": 1}', "JSON has no NaN or Infinity"),
        (b'{"length": Infinity, "width": 1}', "JSON has no NaN or Infinity"),
        (b'{"length": 1, "wdith": 1}', "column 'width' is missing; is it 'wdith'?"),
        (b"{}", "column 'length' is missing\ncolumn 'width' is missing"),
        (b'{"rows": [[1, 2]]}', "row 0 is a list"),
        (b'{"rows": {}}', "'rows' is an object"),
        (b'{"length": {"a": 1}, "width": 1}', "column 'length' is an object"),
        (b'{"a":' * 50_000, "nested too deeply"),
        ('{"length": 1}'.encode("utf-16"), "not JSON in UTF-8"),
    ],
)
def test_a_bad_body_is_400_and_says_why(
    api: Any, failed: Failed, body: bytes, message: str
) -> None:
    assert message in failed(api.post("/v1/petals/predict", content=body), 400)


@pytest.mark.parametrize("path", ["/v1/petal", "/v1/petal/card"])
def test_an_unknown_system_is_404_with_the_nearest_name(
    api: Any, failed: Failed, path: str
) -> None:
    assert failed(api.get(path), 404) == "there is no system 'petal'; did you mean 'petals'?"
    assert "did you mean" in failed(api.post("/v1/petal/predict", json=PETAL), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/../../etc/passwd/card",
        "/v1/..%2f..%2fetc%2fpasswd/card",
        "/v1/%2e%2e/card",
        "/v1/petals%00/card",
        "/v1/petals/card/../../x",
        "/v1/petals%2f..%2floans/card",
        "/v1//card",
    ],
)
def test_a_path_as_a_name_finds_nothing(api: Any, failed: Failed, path: str) -> None:
    failed(api.get(path), 404)


def test_a_system_without_a_champion_is_503(api: Any, failed: Failed) -> None:
    for response in (
        api.get("/v1/held"),
        api.get("/v1/held/card"),
        api.post("/v1/held/predict", json=PETAL),
    ):
        assert "held has no champion yet" in failed(response, 503)


def test_what_is_not_there_and_what_is_not_allowed_are_said_in_json(
    api: Any, failed: Failed
) -> None:
    assert "GET /openapi.json" in failed(api.get("/nothing"), 404)
    response = api.get("/v1/petals/predict")
    assert failed(response, 405).endswith("allowed here: POST")
    assert response.headers["allow"] == "POST"


def test_a_body_that_is_too_large_is_413(api: Any, failed: Failed) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 2**20

    large = {"content": b"", "headers": {"content-length": str(MOST_BYTES + 1)}}
    assert str(MOST_BYTES) in failed(api.post("/v1/petals/predict", **large), 413)
    assert str(MOST_BYTES) in failed(api.post("/v1/petals/predict", content=endless()), 413)


def test_a_new_champion_answers_from_the_next_look_on(
    fresh: Any, register: Callable[..., Version]
) -> None:
    fresh.runtime.refresh()
    assert fresh.get("/v1").json() == {"systems": []}
    for passes, expected in ((True, 1), (True, 2), (False, 2)):
        register("petals", petals(), passes=passes)
        fresh.runtime.refresh()
        assert fresh.post("/v1/petals/predict", json=PETAL).json()["version"] == expected


def test_a_broken_champion_is_listed_with_the_reason_and_does_not_answer(
    fresh: Any, register: Callable[..., Version], failed: Failed
) -> None:
    damage(fresh.store, register("petals", petals()))
    fresh.runtime.refresh()
    (listed,) = fresh.get("/v1").json()["systems"]
    assert (listed["ready"], listed["version"]) == (False, None)
    assert "SHA-256" in listed["problem"]
    assert "SHA-256" in failed(fresh.post("/v1/petals/predict", json=PETAL), 503)


def test_a_card_that_is_gone_is_404(
    fresh: Any, register: Callable[..., Version], failed: Failed
) -> None:
    version = register("petals", petals())
    fresh.runtime.refresh()
    (fresh.store.blobs.read(version.digest) / "card.html").unlink()
    assert "petals@1 has no card.html" in failed(fresh.get("/v1/petals/card"), 404)
