"""Values of a tensor as the bytes that the binary extension and gRPC send: little-endian, in
row-major order; a text after its length in four bytes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.errors import RequestError

DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
"""Of every datatype of one size."""

_LENGTH_BYTES = 4


def series_of_bytes(
    name: str, datatype: str, shape: Sequence[int], content: bytes | memoryview
) -> pl.Series:
    """[n] values of a column of this shape. Raises RequestError where the bytes do not fit."""
    count = shape[0]
    if datatype == "BYTES":
        return pl.Series(name, _texts(name, shape, memoryview(content)), pl.String())
    dtype = DTYPES[datatype]
    if len(content) != count * dtype.itemsize:
        raise RequestError(
            f"input {name!r} has shape {list(shape)} of {datatype}, which is "
            f"{count * dtype.itemsize} bytes, but its data has {len(content)}"
        )
    if datatype == "BOOL":
        return pl.Series(name, np.frombuffer(content, np.uint8) != 0)
    values = np.frombuffer(content, dtype)
    # Polars has no column of them that the rest would read.
    return pl.Series(name, values.astype(np.float32) if datatype == "FP16" else values)


def bytes_of(values: NDArray[Any], datatype: str) -> bytes | memoryview:
    """The bytes of an array; without a copy where it is laid out that way already."""
    if datatype == "BYTES":
        texts = [str(text).encode() for text in values.ravel()]
        return b"".join(
            part for text in texts for part in (len(text).to_bytes(_LENGTH_BYTES, "little"), text)
        )
    whole = np.ascontiguousarray(values, dtype=DTYPES[datatype])
    return whole.reshape(-1).view(np.uint8).data


def _texts(name: str, shape: Sequence[int], content: memoryview) -> list[str]:
    texts: list[str] = []
    at, end = 0, len(content)
    while at + _LENGTH_BYTES <= end and len(texts) < shape[0]:
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(content[at:begin], "little")
        if at > end:
            break
        try:
            texts.append(str(content[begin:at], "utf-8"))
        except UnicodeDecodeError as cause:
            raise RequestError(
                f"input {name!r} has bytes in row {len(texts)} that are no text in UTF-8: {cause}"
            ) from cause
    if at != end or len(texts) != shape[0]:
        raise RequestError(
            f"input {name!r} has shape {list(shape)} of BYTES, but its {end} bytes are not "
            f"{shape[0]} texts, each after its length in four bytes: {len(texts)} could be read"
        )
    return texts
