"""The seam of codecs: what turns a column no graph can read into tensors, kept as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keel.errors import ArtifactError

_MAGIC = b"keel codec 1\n"


@dataclass(frozen=True, eq=False)
class TextTensors:
    """The graph inputs of n texts. ids: [n, L] int64, weights: [n, L] float32, both padded with
    0; statistics: [n, s] float32."""

    ids: NDArray[np.int64]
    weights: NDArray[np.float32]
    statistics: NDArray[np.float32]


class Codec(Protocol):
    """A fitted codec. One file per codec in `codecs/`, found by its place there."""

    @property
    def name(self) -> str:
        """Its word in a signature: the name of its file."""
        ...

    @property
    def width(self) -> int:
        """Ids are below this."""
        ...

    def encode(self, column: pl.Series) -> TextTensors:
        """The tensors of n texts, null read as "". Never raises on a text; a row's tensors do not
        depend on the rows beside it, but for the padding."""
        ...

    def to_bytes(self) -> bytes:
        """All of its state as data; the same bytes for the same state."""
        ...


def read_codec(data: bytes) -> Codec:
    """The codec that `to_bytes` wrote. No code is loaded but Keel's own.

    Raises ArtifactError when the bytes are not a codec's or name one that is not there.
    """
    header, arrays = unpack_codec(data)
    name = header.get("codec")
    names = [module.name for module in iter_modules(import_module("keel.train.codecs").__path__)]
    if name not in names:
        raise ArtifactError(
            f"codec {name!r} is not known here, only {', '.join(names)}: "
            "the version was trained by a newer Keel; upgrade to load it"
        )
    return cast("Codec", import_module(f"keel.train.codecs.{name}").read(header, arrays))


def pack_codec(header: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """A JSON header and little-endian arrays, one after the other."""
    stored = {name: np.asarray(a, dtype=a.dtype.newbyteorder("<")) for name, a in arrays.items()}
    layout = [[name, array.dtype.str, len(array)] for name, array in stored.items()]
    text = json.dumps({**header, "arrays": layout}, sort_keys=True).encode()
    parts = [_MAGIC, len(text).to_bytes(8, "little"), text]
    return b"".join([*parts, *(array.tobytes() for array in stored.values())])


def unpack_codec(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What `pack_codec` packed. Raises ArtifactError when the bytes are cut or not its own."""
    if not data.startswith(_MAGIC):
        raise ArtifactError(
            f"these {len(data)} bytes are not a codec: they start with {data[:16]!r}, "
            f"not with {_MAGIC!r}; take the version's folder from the registry again"
        )
    start = len(_MAGIC) + 8
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    arrays: dict[str, NDArray[Any]] = {}
    try:
        header = dict(json.loads(data[start:end]))
        for name, dtype, length in header.pop("arrays"):
            arrays[name] = np.frombuffer(data, dtype=_number_type(dtype), count=length, offset=end)
            end += arrays[name].nbytes
    except (ValueError, TypeError, KeyError) as cause:
        raise ArtifactError(
            f"a codec of {len(data)} bytes is damaged ({cause}); "
            "take the version's folder from the registry again"
        ) from cause
    return header, arrays


def _number_type(text: str) -> np.dtype[Any]:
    if text not in ("<f4", "<f8", "<i4", "<i8", "<u4"):
        raise ValueError(f"{text!r} is not a type of numbers")
    return np.dtype(text)
