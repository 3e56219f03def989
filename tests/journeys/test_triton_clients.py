"""Triton's own clients, unmodified and with their defaults, against a real server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from keel.registry.record import Record
from tiny_systems import add, loans, open_tiny_store, petals

KEEL = [sys.executable, "-W", "error", "-m", "keel"]
WITHOUT_GRPC = [
    *(sys.executable, "-W", "error", "-c"),
    "import sys; sys.modules['grpc'] = None; from keel.__main__ import start; start()",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, make_record: Callable[..., Record]) -> Path:
    folder = tmp_path_factory.mktemp("triton")
    store = open_tiny_store(folder)
    for system, exported in (("petals", petals()), ("loans", loans())):
        add(store, system, exported, make_record=make_record)
    store.engine.dispose()
    return folder


@contextmanager
def serving(
    home: Path, words: list[str] = KEEL
) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The process of a server, its address, and what it says of gRPC."""
    words = [*words, "serve", "--port", "0"]
    environment = {**os.environ, "KEEL_HOME": str(home)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            found = re.search(r"http://(127\.0\.0\.1:\d+)", line := server.stderr.readline())
            assert found, line + server.stderr.read()
            yield server, found[1], server.stderr.readline()
        finally:
            server.kill()


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home) as (_, address, _):
        yield address


@pytest.fixture
def client(address: str) -> Iterator[triton.InferenceServerClient]:
    opened = triton.InferenceServerClient(address)
    yield opened
    opened.close()


def column(name: str, values: np.ndarray, **parts: bool) -> triton.InferInput:
    made = triton.InferInput(name, [len(values), 1], np_to_triton_dtype(values.dtype))
    made.set_data_from_numpy(values.reshape(-1, 1), **parts)
    return made


def petal_inputs(dtype: type = np.float32, **parts: bool) -> list[triton.InferInput]:
    return [
        column("length", np.array([2, -2]).astype(dtype), **parts),
        column("width", np.zeros(2, dtype), **parts),
    ]


def test_the_server_and_its_models_are_found(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("petals")
    assert client.is_model_ready("petals", "1")
    assert not client.is_model_ready("petal")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    assert client.get_model_metadata("petals")["inputs"][0]["name"] == "length"
    assert client.get_model_config("petals")["input"][0]["data_type"] == "TYPE_FP32"
    assert [model["name"] for model in client.get_model_repository_index()] == ["loans", "petals"]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, np.uint8, bool])
def test_numbers_of_every_type_are_answered(
    client: triton.InferenceServerClient, dtype: type
) -> None:
    result = client.infer("petals", petal_inputs(dtype), request_id="a1")
    assert result.get_response()["id"] == "a1"
    assert result.as_numpy("scores").shape == (2, 3)
    assert result.as_numpy("scores").dtype == np.float32
    assert result.as_numpy("prediction_name").dtype == object


@pytest.mark.parametrize("inward", [True, False])
@pytest.mark.parametrize("outward", [True, False])
@pytest.mark.parametrize("packing", [None, "gzip", "deflate"])
def test_json_bytes_and_packed_bodies_all_say_the_same(
    client: triton.InferenceServerClient, inward: bool, outward: bool, packing: str | None
) -> None:
    names = ("scores", "prediction", "prediction_name")
    result = client.infer(
        "petals",
        petal_inputs(binary_data=inward),
        outputs=[triton.InferRequestedOutput(name, binary_data=outward) for name in names],
        request_compression_algorithm=packing,
        response_compression_algorithm=packing,
    )
    assert result.as_numpy("prediction").tolist() == [2, 0]
    shown = [str(name, "utf-8") if outward else name for name in result.as_numpy("prediction_name")]
    assert shown == ["large", "small"]
    assert result.as_numpy("scores").sum(axis=1) == pytest.approx([1, 1])


def test_texts_booleans_and_times_are_taken(client: triton.InferenceServerClient) -> None:
    inputs = [
        column("amount", np.array([5000.0, 10])),
        column("channel", np.array(["web", "né"], dtype=object)),
        column("new", np.array([True, False])),
        column("at", np.array([1_768_000_000_000_000] * 2)),
        column("note", np.array([b"late again", b""], dtype=object)),
    ]
    answer = client.infer("loans", inputs, parameters={"unit": "ada"})
    assert answer.as_numpy("action").tolist() == [b"block", b"approve"]


def test_many_requests_at_once_are_answered(address: str) -> None:
    with triton.InferenceServerClient(address, concurrency=4) as client:
        asked = [client.async_infer("petals", petal_inputs()) for _ in range(20)]
        answers = [one.get_result().as_numpy("prediction").tolist() for one in asked]
    assert answers == [[2, 0]] * 20


def test_models_are_loaded_and_counted(client: triton.InferenceServerClient) -> None:
    client.load_model("petals")
    before = client.get_inference_statistics("petals")["model_stats"][0]["inference_count"]
    client.infer("petals", petal_inputs())
    after = client.get_inference_statistics("petals")["model_stats"][0]["inference_count"]
    assert after - before == 2
    with pytest.raises(InferenceServerException, match="petals@1 cannot be unloaded"):
        client.unload_model("petals")


def test_failures_have_their_message_and_status(client: triton.InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match=r"^\[404\] Request for unknown model") as e:
        client.infer("petal", petal_inputs())
    assert e.value.status() == "404"
    with pytest.raises(InferenceServerException, match="column 'width' is missing"):
        client.infer("petals", petal_inputs()[:1])
    with pytest.raises(InferenceServerException, match="shared memory are not taken"):
        client.get_system_shared_memory_status()
    with pytest.raises(InferenceServerException, match="trace extension"):
        client.get_trace_settings()
    with pytest.raises(InferenceServerException, match="no settings over HTTP"):
        client.get_log_settings()


def test_grpc_is_answered_beside_http_until_the_server_is_stopped(home: Path) -> None:
    with serving(home) as (server, _, words):
        port = words.removeprefix("  gRPC on port ").strip()
        with tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{port}") as client:
            assert client.is_server_ready()
            column = tritonclient.grpc.InferInput("length", [1, 1], "FP32")
            column.set_data_from_numpy(np.ones((1, 1), np.float32))
            width = tritonclient.grpc.InferInput("width", [1, 1], "FP32")
            width.set_data_from_numpy(np.ones((1, 1), np.float32))
            answer = client.infer("petals", [column, width])
            assert answer.as_numpy("prediction").tolist() == [2]
            server.send_signal(signal.SIGTERM)
            assert server.wait(15) == 0
        assert server.stderr is not None
        assert "Traceback" not in server.stderr.read()


def test_without_grpcio_http_alone_is_answered_and_it_says_how_to_add_it(home: Path) -> None:
    with serving(home, WITHOUT_GRPC) as (_, address, words):
        assert words.strip() == (
            "gRPC, which is off, needs an optional package: pip install 'keel-ml[grpc]'"
        )
        with triton.InferenceServerClient(address) as client:
            assert client.is_server_ready()
    words_asked = [*WITHOUT_GRPC, "serve", "--port", "0", "--grpc-port", "0"]
    environment = {**os.environ, "KEEL_HOME": str(home)}
    refused = subprocess.run(
        words_asked, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (refused.returncode, "keel-ml[grpc]" in refused.stderr) == (3, True)
