import struct
from typing import Any

import numpy as np
import polars as pl
import pytest

from keel.errors import RequestError
from keel.serve.tensor_bytes import DTYPES, bytes_of, series_of_bytes

PLAIN = {"BOOL": [True, False], "FP16": [0.5, -2.0]}


@pytest.mark.parametrize("datatype", DTYPES)
def test_what_is_written_is_read(datatype: str) -> None:
    values = PLAIN.get(datatype, [1, 100])
    content = bytes_of(np.array(values), datatype)
    assert len(content) == 2 * DTYPES[datatype].itemsize
    assert series_of_bytes("a", datatype, [2, 1], content).to_list() == values


def test_texts_come_after_their_lengths() -> None:
    texts = np.array(["web", "", "né"], dtype=object)
    content = bytes_of(texts, "BYTES")
    assert content == b"\x03\0\0\0web" + b"\0\0\0\0" + b"\x03\0\0\0n\xc3\xa9"
    read = series_of_bytes("a", "BYTES", [3], memoryview(content))
    assert read.to_list() == texts.tolist()
    assert read.dtype == pl.String


def test_numbers_are_little_endian() -> None:
    assert bytes_of(np.array([1.0]), "FP32") == struct.pack("<f", 1)
    assert series_of_bytes("a", "INT32", [1], struct.pack("<i", -2)).to_list() == [-2]


def test_an_array_that_is_laid_out_that_way_is_not_copied() -> None:
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert np.shares_memory(np.frombuffer(bytes_of(values, "FP32"), np.float32), values)
    assert np.frombuffer(bytes_of(values.T, "FP32"), np.float32).tolist() == [0, 2, 4, 1, 3, 5]


def test_any_byte_but_0_is_true() -> None:
    assert series_of_bytes("a", "BOOL", [3], b"\0\1\2").to_list() == [False, True, True]


@pytest.mark.parametrize(
    ("datatype", "shape", "content", "message"),
    [
        ("FP32", [3, 1], bytes(8), r"shape \[3, 1\] of FP32, which is 12 bytes, .* has 8"),
        ("FP32", [10**15], b"", "but its data has 0"),
        ("INT8", [1], bytes(2), "which is 1 bytes, but its data has 2"),
        ("BYTES", [2], b"\1\0\0\0a", "its 5 bytes are not 2 texts, .* 1 could be read"),
        ("BYTES", [10**15], b"", "0 could be read"),
        ("BYTES", [1], b"\1\0\0", "its 3 bytes are not 1 texts"),
        ("BYTES", [1], b"\xff\xff\xff\xffa", "its 5 bytes are not 1 texts"),
        ("BYTES", [1], b"\1\0\0\0ab", "its 6 bytes are not 1 texts"),
        ("BYTES", [0], b"\0\0\0\0", "its 4 bytes are not 0 texts"),
        ("BYTES", [1], b"\1\0\0\0\xff", "bytes in row 0 that are no text in UTF-8"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(
    datatype: str, shape: list[int], content: Any, message: str
) -> None:
    with pytest.raises(RequestError, match=f"input 'a'.*{message}"):
        series_of_bytes("a", datatype, shape, content)
