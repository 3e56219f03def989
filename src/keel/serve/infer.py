"""Answers one request of the Open Inference Protocol, from its bytes to its bytes."""

from typing import Any
from uuid import uuid4

import msgspec

from keel.errors import NotFound, RequestError
from keel.serve.read_json import read_json
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.serve.tensors import Tensor, frame_of_tensors, tensors_of


class WantedOutput(msgspec.Struct, frozen=True):
    """An output to send back."""

    name: str
    parameters: dict[str, Any] = {}


class InferRequest(msgspec.Struct, frozen=True):
    """inputs: one tensor per column. outputs: what to send back, by default everything.

    parameters: `unit` says who or what the request is about; others are ignored.
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


def infer(runtime: Runtime, model: str, version: str | None, body: bytes) -> bytes:
    """The answers of `model` to `body`, both JSON.

    Raises NotFound, NotReady, and RequestError with all that is wrong.
    """
    served = find_model(runtime, model, version)
    request = read_json(body, InferRequest)
    unit = request.parameters.get("unit")
    if unit is not None and not isinstance(unit, str):
        raise RequestError(f"parameters.unit is {unit!r}; allowed is a text")
    rows = frame_of_tensors(request.inputs, served.signature)
    request_id = request.id or uuid4().hex
    prediction = runtime.answer(served, rows, request_id=request_id, unit=unit)
    wanted = [output.name for output in request.outputs]
    outputs = tensors_of(prediction, served.signature, wanted)
    unread = {f"unread {name}": count for name, count in prediction.unread.items()}
    return msgspec.json.encode(InferAnswer(model, str(served.number), request_id, outputs, unread))


def find_model(runtime: Runtime, model: str, version: str | None = None) -> Served:
    """What answers for `model`. Raises NotFound in the protocol's words, NotReady."""
    try:
        return runtime.serving(model, version)
    except NotFound as error:
        raise NotFound(f"Request for unknown model: {error}") from error
