"""Requests and answers of ModelInfer as the values that all protocols share."""

from collections.abc import Mapping
from typing import Any

from keel.errors import RequestError
from keel.serve.infer import Asked, Inferred
from keel.serve.not_spoken import not_spoken
from keel.serve.tensor_bytes import bytes_of
from keel.serve.tensors import BinaryTensor, Tensor

CONTENTS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}
"""Where the values of a datatype are when they are not raw."""


def read_infer(request: Any) -> Asked:
    """What a ModelInferRequest asks. Raises RequestError."""
    problems = not_spoken("output", request.outputs)
    # A tensor that has its bytes in the message has them nowhere else.
    if len(request.raw_input_contents) != len(request.inputs):
        problems += not_spoken("input", request.inputs)
    if problems:
        raise RequestError("\n".join(problems))
    return Asked(
        _inputs(request),
        [output.name for output in request.outputs],
        request.id,
        _parameters(request.parameters) if request.parameters else {},
    )


def write_infer(inferred: Inferred, response: Any) -> Any:
    """The answers as `response`, a ModelInferResponse; values are raw."""
    response.model_name = inferred.served.system
    response.model_version = str(inferred.served.number)
    response.id = inferred.id
    for output in inferred.outputs:
        response.outputs.add(name=output.name, datatype=output.datatype, shape=output.shape)
        response.raw_output_contents.append(bytes(bytes_of(output.values, output.datatype)))
    for name, count in inferred.parameters.items():
        response.parameters[name].int64_param = count
    return response


def _inputs(request: Any) -> list[Tensor | BinaryTensor]:
    raw = request.raw_input_contents
    if not raw:
        return [_typed(tensor) for tensor in request.inputs]
    if len(raw) != len(request.inputs):
        raise RequestError(
            f"raw_input_contents has {len(raw)} tensors, but there are {len(request.inputs)} inputs"
        )
    return [
        BinaryTensor(tensor.name, list(tensor.shape), tensor.datatype, content)
        for tensor, content in zip(request.inputs, raw, strict=True)
    ]


def _typed(tensor: Any) -> Tensor:
    where = CONTENTS.get(tensor.datatype)
    other = [field.name for field, _ in tensor.contents.ListFields() if field.name != where]
    if other:
        raise RequestError(
            f"input {tensor.name!r} is {tensor.datatype}, but has {', '.join(other)}: send its "
            f"values in {where or 'raw_input_contents'}"
        )
    values = [] if where is None else list(getattr(tensor.contents, where))
    if where == "bytes_contents":
        values = [_text(tensor.name, value) for value in values]
    return Tensor(tensor.name, list(tensor.shape), tensor.datatype, values)


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as cause:
        raise RequestError(
            f"input {name!r} has bytes that are no text in UTF-8: {cause}"
        ) from cause


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {name: value.WhichOneof("parameter_choice") for name, value in given.items()}
    return {
        name: None if which is None else getattr(given[name], which)
        for name, which in chosen.items()
    }
