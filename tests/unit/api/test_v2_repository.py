"""What clients of Triton ask for beside answers."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from keel.api.v2_absent import ABSENT
from keel.registry.version import Version
from tiny_systems import damage, petals

Failed = Callable[[httpx.Response, int], str]
INFER = {
    "inputs": [
        {"name": "length", "shape": [2, 1], "datatype": "FP32", "data": [2, -2]},
        {"name": "width", "shape": [2, 1], "datatype": "FP32", "data": [0, 0]},
    ]
}


def test_the_index_says_which_models_answer_and_why_not(api: Any) -> None:
    index = {model["name"]: model for model in api.post("/v2/repository/index").json()}
    assert list(index) == ["held", "houses", "loans", "petals"]
    assert index["petals"] == {"name": "petals", "state": "READY", "version": "1"}
    assert index["held"]["state"] == "UNAVAILABLE"
    assert "no champion" in index["held"]["reason"]
    ready = api.post("/v2/repository/index", json={"ready": True}).json()
    assert [model["name"] for model in ready] == ["houses", "loans", "petals"]


def test_the_configuration_is_in_the_words_of_triton(api: Any) -> None:
    config = api.get("/v2/models/loans/config").json()
    assert config == api.get("/v2/models/loans/versions/1/config").json()
    assert (config["name"], config["platform"]) == ("loans", "onnxruntime_onnx")
    assert (config["backend"], config["max_batch_size"]) == ("onnxruntime", 0)
    assert config["version_policy"] == {"specific": {"versions": [1]}}
    assert config["input"][:2] == [
        {"name": "amount", "data_type": "TYPE_FP32", "dims": [-1, 1]},
        {"name": "channel", "data_type": "TYPE_STRING", "dims": [-1, 1]},
    ]
    assert config["output"][1] == {"name": "prediction", "data_type": "TYPE_INT64", "dims": [-1]}


def test_statistics_count_what_was_asked(fresh: Any, register: Callable[..., Version]) -> None:
    register("petals", petals())
    fresh.runtime.refresh()
    for body in (INFER, INFER, {"inputs": []}):
        fresh.post("/v2/models/petals/infer", json=body)
    (stats,) = fresh.get("/v2/models/petals/stats").json()["model_stats"]
    assert fresh.get("/v2/models/stats").json() == {"model_stats": [stats]}
    assert fresh.get("/v2/models/petals/versions/1/stats").json() == {"model_stats": [stats]}
    assert (stats["name"], stats["version"]) == ("petals", "1")
    assert (stats["inference_count"], stats["execution_count"]) == (4, 2)
    assert stats["last_inference"] > 1_700_000_000_000
    spent = stats["inference_stats"]
    assert {name: part["count"] for name, part in spent.items() if part["count"]} == {
        "success": 2,
        "fail": 1,
        "compute_input": 2,
        "compute_infer": 2,
        "compute_output": 2,
    }
    parts = ("compute_input", "compute_infer", "compute_output")
    assert spent["success"]["ns"] == sum(spent[part]["ns"] for part in parts) > 0


def test_loading_takes_what_the_registry_says_now(
    fresh: Any, register: Callable[..., Version], failed: Failed
) -> None:
    load = "/v2/repository/models/petals/load"
    assert failed(fresh.post(load), 404).startswith("Request for unknown model")
    register("petals", petals())
    assert fresh.post(load).json() == {"name": "petals", "version": "1"}
    damage(fresh.store, register("petals", petals(1)))
    assert "petals@1 goes on answering" in failed(fresh.post(load), 503)


def test_a_model_cannot_be_loaded_otherwise_than_registered(api: Any, failed: Failed) -> None:
    for name in ("config", "file:1/model.onnx"):
        body = {"parameters": {name: "{}"}}
        response = api.post("/v2/repository/models/petals/load", json=body)
        assert f"cannot be loaded with {name}" in failed(response, 400)


def test_what_answers_is_not_unloaded(api: Any, failed: Failed) -> None:
    body = {"parameters": {"unload_dependents": False}}
    message = failed(api.post("/v2/repository/models/petals/unload", json=body), 400)
    assert "petals@1 cannot be unloaded" in message
    assert "keel rollback petals" in message
    assert failed(api.post("/v2/repository/models/x/unload"), 404).startswith("Request for unknown")
    assert api.get("/v2/models/petals/ready").json()["ready"]


@pytest.mark.parametrize(("method", "path", "why"), ABSENT)
def test_what_is_not_there_says_so(
    api: Any, failed: Failed, method: str, path: str, why: str
) -> None:
    message = failed(api.ask(method, path.format(model="petals", region="a")), 400)
    assert message.startswith(why)


def test_the_server_names_the_extensions_that_it_speaks(api: Any) -> None:
    assert api.get("/v2").json()["extensions"] == [
        "binary_tensor_data",
        "model_configuration",
        "model_repository",
        "parameters",
        "statistics",
    ]
