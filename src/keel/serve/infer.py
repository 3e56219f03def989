"""Answers one request of the Open Inference Protocol, from its bytes to its bytes."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec

from keel.errors import NotFound, RequestError
from keel.serve.predict_request import Options, read_options
from keel.serve.read_json import read_json
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from keel.serve.tensors import Tensor, frame_of_tensors, tensors_of
from keel.train.export.ask_options import OF_LISTS
from keel.train.export.signature import Signature

_ASKED = ("unit", *OF_LISTS)


class WantedOutput(msgspec.Struct, frozen=True):
    """An output to send back."""

    name: str
    parameters: dict[str, Any] = {}


class InferRequest(msgspec.Struct, frozen=True):
    """inputs: one tensor per column. outputs: what to send back, by default everything.

    parameters: `unit` says who or what the request is about; the options of lists are read
    too, and others are ignored.
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
    options = _options(request.parameters, served.signature)
    rows = frame_of_tensors(request.inputs, served.signature)
    request_id = request.id or uuid4().hex
    prediction = runtime.answer(
        served, rows, request_id=request_id, unit=options.unit, options=options.asked
    )
    wanted = [output.name for output in request.outputs]
    outputs = tensors_of(prediction, served.signature, wanted)
    unread = {f"unread {name}": count for name, count in prediction.unread.items()}
    return msgspec.json.encode(InferAnswer(model, str(served.number), request_id, outputs, unread))


def _options(parameters: Mapping[str, Any], signature: Signature) -> Options:
    problems: list[str] = []
    asked = _ASKED if signature.listing is not None else ("unit",)
    given = {name: value for name, value in parameters.items() if name in asked}
    options = read_options(given, problems, signature)
    if problems:
        raise RequestError("\n".join(problems).replace("option ", "parameter "))
    return options


def find_model(runtime: Runtime, model: str, version: str | None = None) -> Served:
    """What answers for `model`. Raises NotFound in the protocol's words, NotReady."""
    try:
        return runtime.serving(model, version)
    except NotFound as error:
        raise NotFound(f"Request for unknown model: {error}") from error
