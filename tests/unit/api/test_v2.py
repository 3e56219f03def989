from collections.abc import Callable
from typing import Any

import httpx
import pytest

from keel.registry.version import Version
from tiny_systems import damage, petals

Failed = Callable[[httpx.Response, int], str]


def column(name: str, data: list[Any], datatype: str = "FP32") -> dict[str, Any]:
    return {"name": name, "shape": [len(data), 1], "datatype": datatype, "data": data}


PETALS = {"inputs": [column("length", [2, -2]), column("width", [0, 0])]}


def test_the_server_says_what_it_is_and_that_it_lives(api: Any) -> None:
    assert api.get("/v2").json().keys() == {"name", "version", "extensions"}
    assert api.get("/v2/health/live").json() == {"live": True}
    assert api.get("/v2/health/ready").json() == {"ready": True, "problems": {}}


@pytest.mark.parametrize("base", ["/v2/models/loans", "/v2/models/loans/versions/1"])
def test_a_model_is_described_with_a_tensor_per_column(api: Any, base: str) -> None:
    model = api.get(base).json()
    assert (model["name"], model["versions"]) == ("loans", ["1"])
    assert model["inputs"] == [
        {"name": "amount", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "channel", "datatype": "BYTES", "shape": [-1, 1]},
        {"name": "new", "datatype": "BOOL", "shape": [-1, 1]},
        {"name": "at", "datatype": "INT64", "shape": [-1, 1]},
        {"name": "note", "datatype": "BYTES", "shape": [-1, 1]},
    ]
    assert model["outputs"] == [
        {"name": "scores", "datatype": "FP32", "shape": [-1, 2]},
        {"name": "prediction", "datatype": "INT64", "shape": [-1]},
        {"name": "prediction_name", "datatype": "BYTES", "shape": [-1]},
        {"name": "action", "datatype": "BYTES", "shape": [-1]},
    ]
    assert api.get(f"{base}/ready").json() == {"name": "loans", "ready": True}


@pytest.mark.parametrize("base", ["/v2/models/petals", "/v2/models/petals/versions/1"])
def test_tensors_are_answered_with_tensors(api: Any, base: str) -> None:
    answer = api.post(f"{base}/infer", json=PETALS | {"id": "a1"}).json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("petals", "1", "a1")
    scores, prediction, names = answer["outputs"]
    assert (scores["shape"], scores["datatype"], len(scores["data"])) == ([2, 3], "FP32", 6)
    assert prediction == {
        "name": "prediction",
        "shape": [2],
        "datatype": "INT64",
        "data": [2, 0],
    }
    assert names["data"] == ["large", "small"]


def test_values_that_could_not_be_read_are_counted(api: Any) -> None:
    odd = {"inputs": [column("length", ["soon", "2"], "BYTES"), column("width", [0, 0])]}
    answer = api.post("/v2/models/petals/infer", json=odd).json()
    assert answer["parameters"] == {"unread length": 1}


def test_a_request_without_an_id_is_given_one(api: Any) -> None:
    first, second = (api.post("/v2/models/petals/infer", json=PETALS).json() for _ in range(2))
    assert first["id"] != second["id"]


def test_both_protocols_give_the_same_scores(api: Any) -> None:
    tensors = api.post("/v2/models/petals/infer", json=PETALS).json()["outputs"][0]["data"]
    rows = {"rows": [{"length": 2, "width": 0}, {"length": -2, "width": 0}]}
    answers = api.post("/v1/petals/predict", json=rows).json()["predictions"]
    assert tensors == [score for answer in answers for score in answer["scores"].values()]


def test_every_kind_of_column_is_taken(api: Any) -> None:
    inputs = [
        column("amount", [5000], "FP64"),
        column("channel", ["web"], "BYTES"),
        column("new", [True], "BOOL"),
        column("at", [1_700_000_000_000_000], "INT64"),
        column("note", ["late again"], "BYTES"),
        column("more", [1], "INT8"),
    ]
    wanted = [{"name": "action"}, {"name": "prediction"}]
    body = {"inputs": inputs, "outputs": wanted, "parameters": {"unit": "ada", "priority": 1}}
    outputs = api.post("/v2/models/loans/infer", json=body).json()["outputs"]
    assert [(o["name"], o["data"]) for o in outputs] == [("action", ["block"]), ("prediction", [1])]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Object missing required field `inputs`"),
        ([], "Expected `object`, got `array`"),
        ({"inputs": [{"name": "length"}]}, "missing required field `shape` - at `$.inputs[0]`"),
        ({"inputs": [column("length", [1])]}, "column 'width' is missing"),
        ({"inputs": []}, "column 'length' is missing"),
        (PETALS | {"outputs": [{"name": "score"}]}, "there is no output 'score': did you mean"),
        (PETALS | {"parameters": {"unit": 3}}, "parameter 'unit' is a number; allowed is a text"),
        (
            {"inputs": [column("length", [1, 2]) | {"shape": [3, 1]}, column("width", [1])]},
            "which is 3 values, but its data has 2",
        ),
        (
            {"inputs": [column("length", [1, 2]), column("width", [1])]},
            "all inputs must have the same number of rows",
        ),
    ],
)
def test_a_bad_request_is_400_and_says_why(
    api: Any, failed: Failed, body: Any, message: str
) -> None:
    assert message in failed(api.post("/v2/models/petals/infer", json=body), 400)


@pytest.mark.parametrize("name", ["petal", "..", "petals@1", "versions"])
def test_an_unknown_model_is_404_in_the_protocols_words(
    api: Any, failed: Failed, name: str
) -> None:
    for response in (
        api.get(f"/v2/models/{name}/ready"),
        api.get(f"/v2/models/{name}/versions/1"),
        api.post(f"/v2/models/{name}/infer", json=PETALS),
        api.post(f"/v2/models/{name}/versions/1/infer", json=PETALS),
    ):
        if name == "..":
            failed(response, 404)
        else:
            assert failed(response, 404).startswith("Request for unknown model")


def test_an_unknown_version_is_404(api: Any, failed: Failed) -> None:
    for version in ("2", "0", "one", "-1"):
        message = failed(api.get(f"/v2/models/petals/versions/{version}"), 404)
        assert message.startswith("Request for unknown model")
        assert "petals@1 is" in message


def test_a_model_without_a_champion_is_503(api: Any, failed: Failed) -> None:
    for response in (
        api.get("/v2/models/held"),
        api.get("/v2/models/held/ready"),
        api.post("/v2/models/held/infer", json=PETALS),
    ):
        assert "held has no champion yet" in failed(response, 503)


def test_readiness_names_a_broken_version_while_the_one_before_answers(
    fresh: Any, register: Callable[..., Version]
) -> None:
    register("petals", petals())
    fresh.runtime.refresh()
    second = register("petals", petals(1))
    damage(fresh.store, second)
    fresh.runtime.refresh()
    ready = fresh.get("/v2/health/ready").json()
    assert ready["ready"]
    assert second.digest in ready["problems"]["petals"]
    assert fresh.get("/v2/models/petals/ready").json() == {"name": "petals", "ready": True}
    assert fresh.get("/v2/models/petals").json()["versions"] == ["1"]


def test_readiness_is_503_when_a_champion_cannot_be_loaded(
    fresh: Any, register: Callable[..., Version], failed: Failed
) -> None:
    damage(fresh.store, register("petals", petals()))
    fresh.runtime.refresh()
    assert "petals" in failed(fresh.get("/v2/health/ready"), 503)
    assert "SHA-256" in failed(fresh.get("/v2/models/petals/ready"), 503)
