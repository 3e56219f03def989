"""The tensors of a request of the Open Inference Protocol, as a frame."""

from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

from keel.errors import RequestError
from keel.serve.rows import describe
from keel.serve.tensor_bytes import series_of_bytes
from keel.spec.kinds import Kind
from keel.spec.nearest import did_you_mean
from keel.train.export.signature import Signature
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


class Tensor(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tensor by value: `data` in row-major order, flat, or nested as `shape` says; in the binary
    extension its `binary_data_size` says how many bytes after the JSON stand for it instead.

    As an input it is one column, of shape [n, 1] or [n]; null in `data` is a missing value.
    """

    name: str
    shape: list[int]
    datatype: str
    data: list[Any] | msgspec.UnsetType = msgspec.UNSET
    parameters: dict[str, Any] = {}


class BinaryTensor(msgspec.Struct, frozen=True, gc=False):
    """A tensor by its bytes: see `series_of_bytes`."""

    name: str
    shape: list[int]
    datatype: str
    content: bytes | memoryview


def frame_of_tensors(
    tensors: Sequence[Tensor | BinaryTensor], signature: Signature
) -> pl.DataFrame:
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


def _column(tensor: Tensor | BinaryTensor, kind: Kind | None) -> pl.Series:
    if tensor.datatype not in DATATYPES:
        raise RequestError(
            f"input {tensor.name!r} has datatype {tensor.datatype!r}: "
            f"{did_you_mean(tensor.datatype, DATATYPES)}"
        )
    shape = tensor.shape
    one_column = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    if not one_column or shape[0] < 0:
        raise RequestError(
            f"input {tensor.name!r} has shape {shape}: each input is one column, [rows, 1] or "
            "[rows]"
        )
    if isinstance(tensor, BinaryTensor):
        column = series_of_bytes(tensor.name, tensor.datatype, shape, tensor.content)
    else:
        column = _of_values(tensor)
    if kind is Kind.TIME and tensor.datatype in INTEGERS:
        moments = column.cast(pl.Int64, strict=False)
        return moments.replace(MISSING_TIME, None).cast(pl.Datetime("us"))
    return column


def _of_values(tensor: Tensor) -> pl.Series:
    name, datatype = tensor.name, tensor.datatype
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
        return pl.Series(name, values, dtype)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as cause:
        raise RequestError(f"input {name!r} has data beyond the range of {datatype}") from cause


def _flat(tensor: Tensor) -> list[Any]:
    shape, data = tensor.shape, tensor.data
    if data is msgspec.UNSET:
        raise RequestError(f"input {tensor.name!r} has no `data`, and no `binary_data_size`")
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


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
