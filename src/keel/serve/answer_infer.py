"""Requests and answers of the Open Inference Protocol over HTTP, from bytes to bytes.

Tensors are JSON or, in the binary extension, bytes after it.
Source: https://github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from keel.errors import RequestError
from keel.serve.infer import Asked, Inferred, find_model, infer
from keel.serve.not_spoken import not_spoken
from keel.serve.output_tensors import OutputTensor
from keel.serve.read_json import read_json
from keel.serve.rows import describe
from keel.serve.runtime import Runtime
from keel.serve.tensor_bytes import bytes_of
from keel.serve.tensors import BinaryTensor, Tensor

SIZE = "binary_data_size"


class WantedOutput(msgspec.Struct, frozen=True):
    """An output to send back; `binary_data` in the parameters says whether as bytes."""

    name: str
    parameters: dict[str, Any] = {}


class InferRequest(msgspec.Struct, frozen=True):
    """inputs: one tensor per column. outputs: what to send back, by default everything.

    parameters: `unit` says who or what the request is about, `binary_data_output` whether outputs
    come as bytes; the options of lists are read too, and others are ignored.
    """

    inputs: list[Tensor]
    id: str | None = None
    outputs: list[WantedOutput] = []
    parameters: dict[str, Any] = {}


class InferAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answers of a model's version, as tensors of n rows. id: the request's, or a new one.
    parameters: `unread COLUMN`, how many of its values could not be read and counted as missing.
    """

    model_name: str
    model_version: str
    id: str
    outputs: list[Tensor]
    parameters: dict[str, int] = {}


@dataclass(frozen=True, eq=False)
class InferContent:
    """parts: of the body, in order: the JSON, then the bytes of each binary output. json_bytes: how
    long the JSON is where bytes follow, else None."""

    parts: tuple[bytes | memoryview, ...]
    json_bytes: int | None = None


def split_body(parts: Sequence[bytes], json_bytes: str | None) -> tuple[bytes, bytes]:
    """The JSON of a body that came in parts, and the bytes after it. json_bytes: the header that
    says how much of it is JSON; without it all is.

    Each is one piece of memory of its own, so that numbers lie where they can be read in place.
    Raises RequestError.
    """
    if json_bytes is None:
        return b"".join(parts), b""
    size = sum(map(len, parts))
    is_number = json_bytes.isascii() and json_bytes.isdecimal() and len(json_bytes) < 20
    length = int(json_bytes) if is_number else -1
    if not 0 <= length <= size:
        raise RequestError(
            f"Inference-Header-Content-Length is {json_bytes!r}; allowed is how many bytes of the "
            f"body are JSON, from 0 to {size}"
        )
    head: list[bytes | memoryview] = []
    rest: list[bytes | memoryview] = []
    for part in parts:
        view = memoryview(part)
        head.append(view[:length])
        rest.append(view[length:])
        length = max(length - len(view), 0)
    return b"".join(head), b"".join(rest)


def answer_infer(
    runtime: Runtime, model: str, version: str | None, head: bytes, rest: bytes = b""
) -> InferContent:
    """The answers of `model` to a request. head: its JSON; rest: the bytes after it.

    Raises NotFound, NotReady, and RequestError with all that is wrong.
    """
    # An unknown model is said before what is wrong with the body.
    find_model(runtime, model, version)
    request = read_json(head, InferRequest)
    inputs = _inputs(request, memoryview(rest))
    as_bytes = _as_bytes(request)
    wanted = [output.name for output in request.outputs]
    inferred = infer(
        runtime, model, version, Asked(inputs, wanted, request.id or "", request.parameters)
    )
    return _content(inferred, as_bytes)


def _inputs(request: InferRequest, rest: memoryview) -> list[Tensor | BinaryTensor]:
    problems = not_spoken("input", request.inputs) + not_spoken("output", request.outputs)
    inputs: list[Tensor | BinaryTensor] = []
    at = 0
    for tensor in request.inputs:
        size = tensor.parameters.get(SIZE)
        if size is None:
            inputs.append(tensor)
        elif type(size) is not int or size < 0:
            problems.append(
                f"input {tensor.name!r} has {SIZE} {size!r}; allowed is a number of bytes"
            )
        elif tensor.data is not msgspec.UNSET and tensor.data:
            problems.append(f"input {tensor.name!r} has {SIZE} and `data`: send one of them")
        else:
            content = rest[at : at + size]
            inputs.append(BinaryTensor(tensor.name, tensor.shape, tensor.datatype, content))
            at += size
    if not problems and at != len(rest):
        problems.append(
            f"{len(rest)} bytes follow the JSON, but its inputs name {at} in all as {SIZE}"
        )
    if problems:
        raise RequestError("\n".join(problems))
    return inputs


def _as_bytes(request: InferRequest) -> Mapping[str | None, bool]:
    """By output whether it is sent as bytes, and under None for those that do not say."""
    usual = _truth("binary_data_output", request.parameters.get("binary_data_output", False))
    said: dict[str | None, bool] = {
        output.name: _truth("binary_data", output.parameters["binary_data"])
        for output in request.outputs
        if "binary_data" in output.parameters
    }
    return {None: usual} | said


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise RequestError(f"parameter {name!r} is {describe(value)}; allowed is true or false")
    return value


def _content(inferred: Inferred, as_bytes: Mapping[str | None, bool]) -> InferContent:
    outputs: list[Tensor] = []
    contents: list[bytes | memoryview] = []
    for output in inferred.outputs:
        if as_bytes.get(output.name, as_bytes[None]):
            content = bytes_of(output.values, output.datatype)
            contents.append(content)
            outputs.append(_tensor(output, parameters={SIZE: len(content)}))
        else:
            outputs.append(_tensor(output, data=output.values.ravel().tolist()))
    served = inferred.served
    head = msgspec.json.encode(
        InferAnswer(served.system, str(served.number), inferred.id, outputs, inferred.parameters)
    )
    return InferContent((head, *contents), len(head) if contents else None)


def _tensor(output: OutputTensor, **parts: Any) -> Tensor:
    return Tensor(output.name, list(output.shape), output.datatype, **parts)
