"""Triton's own gRPC client, unmodified and with its defaults, and what it never sends."""

import queue
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.grpc import model_config_pb2, service_pb2
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from keel.api.access import read_access
from keel.api.body import MOST_BYTES
from keel.api.grpc_messages import SERVICE, methods
from keel.api.grpc_server import serving_grpc
from keel.errors import EnvironmentFailure
from keel.registry.version import Version
from keel.serve.answer_infer import answer_infer
from tiny_systems import petals


@pytest.fixture(scope="module")
def address(api: Any) -> Iterator[str]:
    with serving_grpc(api.runtime, "127.0.0.1", 0) as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture
def client(address: str) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(address) as opened:
        yield opened


@pytest.fixture
def ask(address: str) -> Iterator[Callable[..., Any]]:
    """Asks for ModelInfer with the messages of this server."""
    method = methods()["ModelInfer"]
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(
            f"/{SERVICE}/ModelInfer",
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )

        def ask(raw: tuple[bytes, ...] = (), **columns: Any) -> Any:
            request = method.request(model_name=columns.pop("model", "petals"))
            for name, (datatype, shape, contents) in columns.items():
                request.inputs.add(name=name, datatype=datatype, shape=shape, contents=contents)
            request.raw_input_contents.extend(raw)
            return call(request)

        yield ask


def column(name: str, values: np.ndarray) -> triton.InferInput:
    made = triton.InferInput(name, [len(values), 1], np_to_triton_dtype(values.dtype))
    made.set_data_from_numpy(values.reshape(-1, 1))
    return made


def petal_inputs(dtype: type = np.float32, rows: int = 2) -> list[triton.InferInput]:
    length = np.array([2, -2] * rows)[:rows]
    return [column("length", length.astype(dtype)), column("width", np.zeros(rows, dtype))]


def test_messages_and_methods_are_those_of_triton() -> None:
    theirs = {
        message.full_name: message
        for module in (service_pb2, model_config_pb2)
        for message in module.DESCRIPTOR.message_types_by_name.values()
    }
    service = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"]
    ours: list[Any] = []
    for method in methods().values():
        same = service.methods_by_name[method.name]
        assert (same.client_streaming, same.server_streaming) == (method.streams, method.streams)
        ours += [method.request.DESCRIPTOR, method.response.DESCRIPTOR]
    seen = set()
    while ours:
        message = ours.pop()
        if message.full_name in seen or message.GetOptions().map_entry:
            continue
        seen.add(message.full_name)
        top, *inner = message.full_name.removeprefix("inference.").split(".")
        other = theirs[f"inference.{top}"]
        for name in inner:
            other = other.nested_types_by_name[name]
        for field in message.fields:
            same = other.fields_by_name[field.name]
            assert (same.number, same.type, same.is_repeated) == (
                field.number,
                field.type,
                field.is_repeated,
            )
            if field.message_type is not None:
                ours.append(field.message_type)
            if field.enum_type is not None:
                values = {v.name: v.number for v in same.enum_type.values}
                assert values == {v.name: v.number for v in field.enum_type.values}
    assert len(seen) > 30


def test_the_server_and_its_models_are_found(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("petals")
    assert client.is_model_ready("petals", "1")
    assert not client.is_model_ready("petal")
    assert not client.is_model_ready("held")
    assert "binary_tensor_data" in client.get_server_metadata().extensions
    metadata = client.get_model_metadata("petals")
    assert [(tensor.name, list(tensor.shape)) for tensor in metadata.inputs] == [
        ("length", [-1, 1]),
        ("width", [-1, 1]),
    ]
    config = client.get_model_config("petals", as_json=True)["config"]
    assert config["input"][0] == {"name": "length", "data_type": "TYPE_FP32", "dims": ["-1", "1"]}
    index = {model.name: model.state for model in client.get_model_repository_index().models}
    assert index == {
        "held": "UNAVAILABLE",
        "houses": "READY",
        "loans": "READY",
        "petals": "READY",
    }


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, np.uint8, bool])
@pytest.mark.parametrize("rows", [1, 3])
def test_numbers_of_every_type_are_answered(
    client: triton.InferenceServerClient, dtype: type, rows: int
) -> None:
    result = client.infer("petals", petal_inputs(dtype, rows), request_id="a1")
    assert result.get_response().id == "a1"
    assert result.as_numpy("scores").shape == (rows, 3)
    assert result.as_numpy("scores").dtype == np.float32
    assert result.as_numpy("prediction_name")[0] == b"large"


@pytest.mark.parametrize("packing", [None, "gzip", "deflate"])
def test_outputs_are_chosen_and_messages_packed(
    client: triton.InferenceServerClient, packing: str | None
) -> None:
    wanted = [triton.InferRequestedOutput("prediction")]
    inputs = petal_inputs()
    result = client.infer("petals", inputs, outputs=wanted, compression_algorithm=packing)
    assert result.as_numpy("prediction").tolist() == [2, 0]
    assert result.as_numpy("scores") is None


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


def test_values_that_could_not_be_read_are_counted(client: triton.InferenceServerClient) -> None:
    inputs = [column("length", np.array(["soon"], dtype=object)), petal_inputs(rows=1)[1]]
    assert (
        client.infer("petals", inputs).get_response().parameters["unread length"].int64_param == 1
    )


def test_typed_contents_say_the_same_as_raw_ones(ask: Callable[..., Any]) -> None:
    raw = np.array([2, -2], "<f4").tobytes()
    zeros = np.zeros(2, "<f4").tobytes()
    plain = ("FP32", [2, 1], None)
    expected = ask((raw, zeros), length=plain, width=plain)
    for datatype, where in (
        ("FP32", "fp32"),
        ("FP64", "fp64"),
        ("INT8", "int"),
        ("INT64", "int64"),
    ):
        where = f"{where}_contents"
        typed = ask(
            length=(datatype, [2, 1], {where: [2, -2]}), width=(datatype, [2], {where: [0, 0]})
        )
        assert typed.raw_output_contents == expected.raw_output_contents
    texts = {"bytes_contents": [b"2", b"-2"]}
    assert (
        ask(length=("BYTES", [2], texts), width=("INT64", [2], {"int64_contents": [0, 0]}))
    ).raw_output_contents == expected.raw_output_contents


@pytest.mark.parametrize(
    ("raw", "length", "words"),
    [
        ((b"1234",), ("FP32", [1, 1], None), "raw_input_contents has 1 tensors, but there are 2"),
        ((b"123", b""), ("FP32", [1, 1], None), "is 4 bytes, but its data has 3"),
        ((b"1234", b""), ("FP32", [-1], None), "each input is one column"),
        ((b"1234", b""), ("FP31", [1], None), "datatype 'FP31': did you mean"),
        ((), ("FP32", [1], {"fp64_contents": [1]}), "has fp64_contents: send its values in fp32_"),
        ((), ("FP16", [1], {"fp32_contents": [1]}), "send its values in raw_input_contents"),
        ((), ("FP32", [2], {"fp32_contents": [1]}), "which is 2 values, but its data has 1"),
        ((), ("INT8", [1], {"int_contents": [300]}), "beyond the range of INT8"),
        ((), ("BYTES", [1], {"bytes_contents": [b"\xff"]}), "are no text in UTF-8"),
    ],
)
def test_tensors_that_do_not_fit_are_invalid(
    ask: Callable[..., Any], raw: tuple[bytes, ...], length: Any, words: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask(raw, length=length, width=("FP32", [1], {"fp32_contents": [1]} if not raw else None))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert words in caught.value.details()


def test_failures_have_their_code(client: triton.InferenceServerClient) -> None:
    for inputs, model, code, words in (
        (petal_inputs(), "petal", "NOT_FOUND", "Request for unknown model"),
        (petal_inputs(), "held", "UNAVAILABLE", "held has no champion yet"),
        (petal_inputs()[:1], "petals", "INVALID_ARGUMENT", "column 'width' is missing"),
    ):
        with pytest.raises(InferenceServerException) as caught:
            client.infer(model, inputs)
        assert caught.value.status() == f"StatusCode.{code}"
        assert caught.value.message().startswith(words)
    with pytest.raises(InferenceServerException, match="petals@1 cannot be unloaded"):
        client.unload_model("petals")
    with pytest.raises(InferenceServerException, match="cannot be loaded with config"):
        client.load_model("petals", config="{}")
    with pytest.raises(InferenceServerException, match="UNIMPLEMENTED"):
        client.get_system_shared_memory_status()


def test_a_long_message_is_cut_to_what_metadata_holds(ask: Callable[..., Any]) -> None:
    columns = {f"column {i} of many": ("é" * 60, [1], None) for i in range(99)}
    with pytest.raises(grpc.RpcError) as caught:
        ask(**columns)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details().endswith("...")


def test_a_message_that_is_too_large_is_refused(ask: Callable[..., Any]) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask((bytes(MOST_BYTES),), length=("FP32", [MOST_BYTES // 4], None))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_stream_goes_on_after_a_request_that_failed(
    client: triton.InferenceServerClient,
) -> None:
    answers: queue.Queue[tuple[Any, Any]] = queue.Queue()
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    for model, name in (("petals", "first"), ("petal", "second"), ("petals", "third")):
        client.async_stream_infer(model, petal_inputs(), request_id=name)
    got = [answers.get(timeout=10) for _ in range(3)]
    client.stop_stream()
    assert [None if r is None else r.get_response().id for r, _ in got] == ["first", None, "third"]
    assert "Request for unknown model" in str(got[1][1])


def test_models_are_loaded_and_counted(fresh: Any, register: Callable[..., Version]) -> None:
    with (
        serving_grpc(fresh.runtime, "127.0.0.1", 0) as port,
        triton.InferenceServerClient(f"127.0.0.1:{port}") as client,
    ):
        register("petals", petals())
        assert not client.is_model_ready("petals")
        client.load_model("petals")
        for _ in range(3):
            client.infer("petals", petal_inputs())
        (known,) = client.get_inference_statistics("petals").model_stats
        assert (known.version, known.inference_count, known.execution_count) == ("1", 6, 3)
        assert known.inference_stats.success.count == 3
        assert client.get_inference_statistics().model_stats[0].inference_count == 6


def test_both_doors_give_the_same_bytes(api: Any, ask: Callable[..., Any]) -> None:
    body = (
        b'{"inputs":[{"name":"length","shape":[1],"datatype":"FP32","data":[0.5]},'
        b'{"name":"width","shape":[1],"datatype":"FP32","data":[0.5]}],'
        b'"parameters":{"binary_data_output":true}}'
    )
    half = ("FP32", [1], {"fp32_contents": [0.5]})
    parts = answer_infer(api.runtime, "petals", None, body).parts[1:]
    answer = ask(length=half, width=half)
    assert [bytes(part) for part in parts] == list(answer.raw_output_contents)


def test_a_port_in_use_is_said(api: Any, address: str) -> None:
    port = int(address.rpartition(":")[2])
    with (
        pytest.raises(EnvironmentFailure, match=f"127.0.0.1 port {port} for gRPC.*--grpc-port"),
        serving_grpc(api.runtime, "127.0.0.1", port),
    ):
        pass


def test_tokens_say_who_may_ask_for_what(api: Any) -> None:
    tokens = {"answer": "a-token-that-answers", "admin": "a-token-that-may-all"}
    access = read_access(",".join(f"{role}:{token}" for role, token in tokens.items()))
    answers, may_all = ({"authorization": f"Bearer {token}"} for token in tokens.values())
    with (
        serving_grpc(api.runtime, "127.0.0.1", 0, access) as port,
        triton.InferenceServerClient(f"127.0.0.1:{port}") as client,
    ):
        assert client.is_server_ready()
        client.infer("petals", petal_inputs(), headers=answers)
        client.load_model("petals", headers=may_all)
        for refused, code in (
            (lambda: client.infer("petals", petal_inputs()), "UNAUTHENTICATED"),
            (lambda: client.get_server_metadata(), "UNAUTHENTICATED"),
            (lambda: client.load_model("petals", headers=answers), "PERMISSION_DENIED"),
        ):
            with pytest.raises(InferenceServerException) as caught:
                refused()
            assert caught.value.status() == f"StatusCode.{code}"
        answered: queue.Queue[tuple[Any, Any]] = queue.Queue()
        client.start_stream(callback=lambda result, error: answered.put((result, error)))
        assert "UNAUTHENTICATED" in str(answered.get(timeout=10)[1])
        client.stop_stream()
