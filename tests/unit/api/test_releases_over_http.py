"""Releases begun, moved on and ended over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from keel.registry.audit import list_audit
from keel.registry.version import Version
from tiny_systems import petals

Api = Any
ROW = {"length": 2.0, "width": 0.0}


@pytest.fixture
def two(fresh: Api, register: Callable[..., Version]) -> Api:
    """petals@1, the champion, and petals@2."""
    register("petals", petals())
    register("petals", petals(1), at_once=False)
    fresh.runtime.refresh()
    return fresh


def test_a_version_is_released_over_http(two: Api) -> None:
    asked = {"version": 2, "steps": "50% 1h, 100%"}
    begun = two.post("/v1/petals/release", json=asked).json()
    assert (begun["state"], begun["steps"], begun["step"]) == ("running", ["50% 1h", "100%"], 0)
    assert begun["arms"] == [
        {"arm": "challenger", "version": 2, "share": 0.5},
        {"arm": "champion", "version": 1, "share": 0.5},
    ]
    two.runtime.refresh()
    answered = {
        unit: two.post(
            "/v1/petals/predict", json={"rows": [ROW], "options": {"unit": unit}}
        ).json()["version"]
        for unit in map(str, range(30))
    }
    assert set(answered.values()) == {1, 2}
    status = two.get("/v1/petals/release").json()
    assert (status["champion"], status["release"]["release"]) == (1, begun["release"])
    done = two.post("/v1/petals/release", json={"go_on": True}).json()
    assert done["state"] == "done"
    two.runtime.refresh()
    assert two.post("/v1/petals/predict", json=ROW).json()["version"] == 2
    back = two.post("/v1/petals/rollback").json()
    assert back == {"system": "petals", "champion": 1, "ended": None}
    actors = {act.actor for act in list_audit(two.store.engine, "petals")[2:]}
    assert actors == {"http"}


def test_a_release_in_flight_is_ended(two: Api) -> None:
    two.post("/v1/petals/release", json={"ab": {"1": 50, "2": 50}, "lasts": "1h"})
    ended = two.post("/v1/petals/rollback").json()["ended"]
    assert (ended["kind"], ended["state"]) == ("ab", "rolled back")
    assert two.post("/v1/petals/release", json={"aa": True}).json()["kind"] == "aa"


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ({}, 400, "say one of `version`"),
        ({"version": 2, "aa": True}, 400, "say one of `version`"),
        ({"version": 2, "steps": "half"}, 400, "steps: expected `shadow` or a share"),
        ({"version": 9}, 404, "no version petals@9"),
        ({"version": 1}, 409, "petals@1 is the champion already"),
        ({"go_on": True}, 409, "nothing is being released of petals"),
        ({"ab": {"1": 50, "2": 60}}, 400, "sum to 100 %"),
        ({"aa": True, "lasts": "soon"}, 400, "not a duration"),
        ({"aa": True, "steps": "100%"}, 400, "an A/B or A/A has none"),
        ({"versoin": 2}, 400, "unknown field `versoin`"),
    ],
)
def test_what_cannot_be_done_is_told(
    two: Api, failed: Callable[..., str], asked: Any, status: int, told: str
) -> None:
    assert told in failed(two.post("/v1/petals/release", json=asked), status)


def test_unknown_systems_are_told(two: Api, failed: Callable[..., str]) -> None:
    for method, path in (("GET", "release"), ("POST", "release"), ("POST", "rollback")):
        response = two.ask(method, f"/v1/petal/{path}", json={"aa": True})
        assert "did you mean 'petals'" in failed(response, 404)
