"""The binary extension, and packed bodies, as clients other than Triton's would write them."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from keel.api.body import MOST_BYTES

Failed = Callable[[httpx.Response, int], str]
PATH = "/v2/models/petals/infer"
LENGTH = np.array([2, -2, 0.25], "<f4").tobytes()
WIDTH = np.zeros(3, "<f8").tobytes()


def binary(name: str, datatype: str, content: bytes, **parameters: Any) -> dict[str, Any]:
    return {
        "name": name,
        "shape": [3, 1],
        "datatype": datatype,
        "parameters": {"binary_data_size": len(content)} | parameters,
    }


PETALS: dict[str, Any] = {
    "inputs": [binary("length", "FP32", LENGTH), binary("width", "FP64", WIDTH)],
    "outputs": [
        {"name": "scores", "parameters": {"binary_data": True}},
        {"name": "prediction"},
        {"name": "prediction_name", "parameters": {"binary_data": True}},
    ],
}


def post(
    api: Any, request: Any, *contents: bytes, json_bytes: str | None = None, **headers: str
) -> httpx.Response:
    head = request if isinstance(request, bytes) else json.dumps(request).encode()
    length = str(len(head)) if json_bytes is None else json_bytes
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    content = b"".join([head, *contents])
    packing = headers.get("Content-Encoding")
    if packing is not None:
        content = {"gzip": gzip.compress, "deflate": zlib.compress}[packing](content)
    headers["Inference-Header-Content-Length"] = length
    response: httpx.Response = api.post(PATH, content=content, headers=headers)
    return response


def read(response: httpx.Response) -> tuple[dict[str, Any], bytes]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/octet-stream"
    length = int(response.headers["inference-header-content-length"])
    return json.loads(response.content[:length]), response.content[length:]


def test_binary_tensors_are_answered_with_binary_tensors(api: Any) -> None:
    answer, content = read(post(api, PETALS, LENGTH, WIDTH))
    scores, prediction, names = answer["outputs"]
    assert scores == {
        "name": "scores",
        "shape": [3, 3],
        "datatype": "FP32",
        "parameters": {"binary_data_size": 36},
    }
    assert prediction["data"] == [2, 0, 1]
    assert names["parameters"]["binary_data_size"] == len(content) - 36
    assert content[36:] == b"\5\0\0\0large\5\0\0\0small\6\0\0\0medium"
    plain = [
        {"name": "length", "shape": [3], "datatype": "FP32", "data": [2, -2, 0.25]},
        {"name": "width", "shape": [3], "datatype": "FP32", "data": [0, 0, 0]},
    ]
    same = api.post(PATH, json={"inputs": plain}).json()["outputs"][0]["data"]
    assert np.frombuffer(content[:36], "<f4").tolist() == np.float32(same).tolist()


def test_all_outputs_come_as_bytes_if_the_request_says_so(api: Any) -> None:
    asked = {"inputs": PETALS["inputs"], "parameters": {"binary_data_output": True}}
    outputs = read(post(api, asked, LENGTH, WIDTH))[0]["outputs"]
    assert all("data" not in output for output in outputs)
    one = asked | {"outputs": [{"name": "scores", "parameters": {"binary_data": False}}]}
    response = post(api, one, LENGTH, WIDTH)
    assert len(response.json()["outputs"][0]["data"]) == 9
    assert "inference-header-content-length" not in response.headers


def test_not_a_number_is_missing(api: Any) -> None:
    nothing = np.full(3, np.nan, "<f4").tobytes()
    answer = read(post(api, PETALS, nothing, WIDTH))[0]
    assert "parameters" not in answer
    infinite = np.full(3, np.inf, "<f4").tobytes()
    assert read(post(api, PETALS, infinite, WIDTH))[0]["parameters"] == {"unread length": 3}


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_bodies_are_packed_both_ways(api: Any, packing: str) -> None:
    packed = {"Content_Encoding": packing, "Accept_Encoding": packing}
    response = post(api, PETALS, LENGTH, WIDTH, **packed)
    assert response.headers["content-encoding"] == packing
    # httpx has unpacked it.
    answer, content = read(response)
    plain, same = read(post(api, PETALS, LENGTH, WIDTH))
    assert (answer["outputs"], content) == (plain["outputs"], same)


def test_a_client_that_could_read_many_packings_is_sent_none(api: Any) -> None:
    response = post(api, PETALS, LENGTH, WIDTH, Accept_Encoding="gzip, deflate, br")
    assert "content-encoding" not in response.headers


def test_a_body_is_unpacked_up_to_the_size_that_is_allowed(api: Any, failed: Failed) -> None:
    bomb = post(api, b" " * (MOST_BYTES + 1), json_bytes="2", Content_Encoding="gzip")
    assert "when it is unpacked" in failed(bomb, 413)


@pytest.mark.parametrize(
    ("content", "encoding", "status", "message"),
    [
        (b"{}", "gzip", 400, "the body is not gzip, as its header says"),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip", 400, "its gzip data ends too early"),
        (b"{}", "br", 415, "Content-Encoding is 'br'; allowed is gzip or deflate"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_refused(
    api: Any, failed: Failed, content: bytes, encoding: str, status: int, message: str
) -> None:
    for path in (PATH, "/v1/petals/predict", "/v2/repository/index"):
        response = api.post(path, content=content, headers={"Content-Encoding": encoding})
        assert message in failed(response, status)


@pytest.mark.parametrize("length", ["-1", "1e3", "", "9" * 5000, "1_0", "1000000"])
def test_a_length_that_is_none_is_refused(api: Any, failed: Failed, length: str) -> None:
    message = failed(post(api, PETALS, LENGTH, json_bytes=length), 400)
    assert message.startswith("Inference-Header-Content-Length is ")


@pytest.mark.parametrize(
    ("inputs", "contents", "message"),
    [
        (PETALS["inputs"], (LENGTH,), "12 bytes follow the JSON, but its inputs name 36"),
        (PETALS["inputs"], (LENGTH, WIDTH, b"1"), "37 bytes follow the JSON"),
        ([binary("length", "FP64", LENGTH)], (LENGTH,), "24 bytes, but its data has 12"),
        ([binary("length", "BYTES", LENGTH)], (LENGTH,), "are not 3 texts"),
        ([binary("length", "FP32", b"") | {"data": [1, 2, 3]}], (), "binary_data_size and `data`"),
        (
            [binary("length", "FP32", b"", binary_data_size="12")],
            (),
            "binary_data_size '12'; allowed is a number of bytes",
        ),
        (
            [binary("length", "FP32", LENGTH, shared_memory_region="a")],
            (LENGTH,),
            "input 'length' asks for tensors in shared memory: send its data",
        ),
    ],
)
def test_what_does_not_fit_is_400(
    api: Any, failed: Failed, inputs: Any, contents: tuple[bytes, ...], message: str
) -> None:
    assert message in failed(post(api, {"inputs": inputs}, *contents), 400)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"parameters": {"binary_data_output": 1}}, "'binary_data_output' is a number"),
        (
            {"outputs": [{"name": "scores", "parameters": {"binary_data": None}}]},
            "'binary_data' is null; allowed is true or false",
        ),
        (
            {"outputs": [{"name": "scores", "parameters": {"classification": 3}}]},
            "output 'scores' asks for the classification extension",
        ),
    ],
)
def test_odd_parameters_are_400(api: Any, failed: Failed, parts: Any, message: str) -> None:
    assert message in failed(post(api, PETALS | parts, LENGTH, WIDTH), 400)
