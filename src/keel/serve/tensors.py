"""The tensors of the Open Inference Protocol: from a request's to a frame, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

from keel.errors import RequestError
from keel.serve.rows import describe
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.train.export.predictor import Prediction
from keel.train.export.signature import Output, Signature
from keel.train.export.tensors import MISSING_TIME

INTEGERS: dict[str, pl.DataType] = {
    "INT8": pl.Int8(),
    "INT16": pl.Int16(),
    "INT32": pl.Int32(),
    "INT64": pl.Int64(),
    "UINT8": pl.UInt8(),
    "UINT16": pl.UInt16(),
    "UINT32": pl.UInt32(),
    "UINT64": pl.UInt64(),
}
FLOATS = ("FP16", "FP32", "FP64")
DATATYPES = ("BOOL", *INTEGERS, *FLOATS, "BYTES")
NAMES = Output("prediction_name", "BYTES", (-1,), "name of the predicted class")
ACTIONS = Output("action", "BYTES", (-1,), "what to do, as the declaration says")


class Tensor(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tensor by value: `data` in row-major order, flat, or nested as `shape` says.

    As an input it is one column, of shape [n, 1] or [n]; null in `data` is a missing value.
    """

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]
    parameters: dict[str, Any] = {}


def frame_of_tensors(tensors: Sequence[Tensor], signature: Signature) -> pl.DataFrame:
    """[n rows, a column per tensor]. An integer for a time counts microseconds since 1970 in UTC.

    Raises RequestError with all that is wrong with the tensors; columns that the signature names
    and no tensor brings are for the predictor to name.
    """
    kinds = {column.name: column.kind for column in signature.inputs}
    problems: list[str] = []
    columns: dict[str, pl.Series] = {}
    for tensor in tensors:
        if tensor.name in columns:
            problems.append(f"input {tensor.name!r} is there twice: send each column once")
            continue
        try:
            columns[tensor.name] = _column(tensor, kinds.get(tensor.name))
        except RequestError as error:
            problems.append(str(error))
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} {rows}" for name, rows in list(lengths.items())[:20])
        problems.append(f"all inputs must have the same number of rows, but they have: {shown}")
    if problems:
        raise RequestError("\n".join(problems))
    return pl.DataFrame(list(columns.values()))


def outputs_of(signature: Signature) -> tuple[Output, ...]:
    """What can be asked for: the graph's outputs, then names for classes and actions."""
    outputs = list(signature.outputs)
    if signature.classes:
        outputs.append(NAMES)
    if signature.actions:
        outputs.append(ACTIONS)
    return tuple(outputs)


def tensors_of(
    prediction: Prediction, signature: Signature, wanted: Sequence[str] = ()
) -> list[Tensor]:
    """The outputs named in `wanted`, in that order; all when it is empty.

    Raises RequestError naming each that there is not.
    """
    outputs = {output.name: output for output in outputs_of(signature)}
    unknown = [name for name in wanted if name not in outputs]
    if unknown:
        raise RequestError(
            "\n".join(f"there is no output {n!r}: {did_you_mean(n, outputs)}" for n in unknown)
        )
    rows = len(prediction.output)
    data = _data(prediction, signature)
    return [
        Tensor(
            name,
            [rows, *data[name].shape[1:]] if prediction.lists else [rows, *outputs[name].shape[1:]],
            outputs[name].datatype,
            data[name].ravel().tolist(),
        )
        for name in (wanted or outputs)
    ]


def _column(tensor: Tensor, kind: Kind | None) -> pl.Series:
    name, datatype = tensor.name, tensor.datatype
    if datatype not in DATATYPES:
        raise RequestError(
            f"input {name!r} has datatype {datatype!r}: {did_you_mean(datatype, DATATYPES)}"
        )
    values = _flat(tensor)
    allowed, dtype = _allowed(datatype)
    odd = next(
        (value for value in values if value is not None and type(value) not in allowed), None
    )
    if odd is not None:
        raise RequestError(
            f"input {name!r} is {datatype}, but its data has {describe(odd)}: {_short(odd)}"
        )
    try:
        if datatype in FLOATS:
            values = [None if value is None else float(value) for value in values]
        column = pl.Series(name, values, dtype)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as cause:
        raise RequestError(f"input {name!r} has data beyond the range of {datatype}") from cause
    if kind is Kind.TIME and datatype in INTEGERS:
        moments = column.cast(pl.Int64, strict=False)
        return moments.replace(MISSING_TIME, None).cast(pl.Datetime("us"))
    return column


def _flat(tensor: Tensor) -> list[Any]:
    shape = tensor.shape
    if "binary_data_size" in tensor.parameters:
        raise RequestError(
            f"input {tensor.name!r} is binary: send its values in `data` "
            "(tritonclient: set_data_from_numpy(..., binary_data=False))"
        )
    one_column = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    if not one_column or shape[0] < 0:
        raise RequestError(
            f"input {tensor.name!r} has shape {shape}: each input is one column, [rows, 1] or "
            "[rows]"
        )
    data = tensor.data
    if len(shape) == 2 and data and all(isinstance(v, list) and len(v) == 1 for v in data):
        data = [value for (value,) in data]
    if len(data) != shape[0]:
        raise RequestError(
            f"input {tensor.name!r} has shape {shape}, which is {shape[0]} values, but its data "
            f"has {len(data)}"
        )
    return data


def _allowed(datatype: str) -> tuple[tuple[type, ...], pl.DataType]:
    if datatype == "BOOL":
        return (bool,), pl.Boolean()
    if datatype == "BYTES":
        return (str,), pl.String()
    if datatype in INTEGERS:
        return (int,), INTEGERS[datatype]
    return (int, float), pl.Float64()


def _data(prediction: Prediction, signature: Signature) -> Mapping[str, np.ndarray[Any, Any]]:
    data: dict[str, np.ndarray[Any, Any]] = {signature.outputs[0].name: prediction.output}
    if prediction.lists is not None:
        ids = np.full(prediction.output.shape, "", dtype=object)
        for row, shown in enumerate(prediction.lists):
            ids[row, : len(shown)] = [one.item for one in shown]
        data[signature.outputs[1].name] = ids
    if prediction.decision is not None:
        data[signature.outputs[1].name] = prediction.decision
        data[NAMES.name] = np.array(signature.classes, dtype=object)[prediction.decision]
    if prediction.action is not None:
        data[ACTIONS.name] = np.array(signature.actions, dtype=object)[prediction.action]
    return data


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
