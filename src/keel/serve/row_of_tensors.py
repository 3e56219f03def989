"""One row's tensors as plain values, where a table would plainly read the same."""

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from keel.serve.tensors import BinaryTensor, Tensor

_ONE = ([1, 1], [1])
_LENGTH = struct.Struct("<I")
_INT64 = range(-(2**63), 2**63)


def row_of_tensors(tensors: Sequence[Tensor | BinaryTensor]) -> dict[str, Any] | None:
    """A value by column; None for more rows than one, and for whatever only a table reads rightly,
    or refuses with a reason."""
    row: dict[str, Any] = {}
    try:
        for tensor in tensors:
            if tensor.shape not in _ONE:
                return None
            if isinstance(tensor, BinaryTensor):
                row[tensor.name] = _READ[tensor.datatype](tensor.content)
            elif tensor.data is not msgspec.UNSET:
                (value,) = tensor.data
                row[tensor.name] = _PLAIN[tensor.datatype](value)
    except (KeyError, OverflowError, TypeError, ValueError, struct.error):
        return None
    return row if len(row) == len(tensors) else None


def _finite(value: Any) -> float | None:
    number = float(value)
    if number - number == 0:
        return number
    if math.isnan(number):
        return None
    raise ValueError


def _number(value: Any) -> float | None:
    if type(value) is float or type(value) is int:
        return _finite(value)
    if value is None:
        return None
    raise TypeError


def _integer(value: Any) -> int | None:
    if value is None or (type(value) is int and value in _INT64):
        return value
    raise TypeError


def _of_type(kind: type) -> Callable[[Any], Any]:
    def plain(value: Any) -> Any:
        if value is None or type(value) is kind:
            return value
        raise TypeError

    return plain


def _text(content: bytes | memoryview) -> str:
    (length,) = _LENGTH.unpack_from(content)
    if length != len(content) - _LENGTH.size:
        raise ValueError
    return str(content[_LENGTH.size :], "utf-8")


def _unpacked(code: str) -> Callable[[bytes | memoryview], Any]:
    unpack = struct.Struct(f"<{code}").unpack

    if code not in "efd":
        return lambda content: unpack(content)[0]

    def read(content: bytes | memoryview) -> float | None:
        return _finite(unpack(content)[0])

    return read


_CODES = {
    "BOOL": "?",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "FP16": "e",
    "FP32": "f",
    "FP64": "d",
}
_READ: dict[str, Callable[[bytes | memoryview], Any]] = {
    datatype: _unpacked(code) for datatype, code in _CODES.items()
} | {"BYTES": _text}
_PLAIN: dict[str, Callable[[Any], Any]] = {
    "FP32": _number,
    "FP64": _number,
    "INT64": _integer,
    "BOOL": _of_type(bool),
    "BYTES": _of_type(str),
}
