from typing import Any

import polars as pl
import pytest

from keel.errors import RequestError
from keel.serve.tensors import BinaryTensor, Tensor, frame_of_tensors
from keel.train.export.tensors import MISSING_TIME
from tiny_systems import loans, petals


def tensor(data: list[Any], datatype: str = "FP32", name: str = "length", **parts: Any) -> Tensor:
    return Tensor(name, parts.pop("shape", [len(data), 1]), datatype, data, **parts)


def frame(*tensors: Tensor | BinaryTensor) -> pl.DataFrame:
    return frame_of_tensors(tensors, petals().signature)


@pytest.mark.parametrize(
    ("data", "datatype", "dtype"),
    [
        ([1, 2.5, None], "FP32", pl.Float64),
        ([1, 2.5, None], "FP64", pl.Float64),
        ([-128, 127], "INT8", pl.Int8),
        ([2**63 - 1], "INT64", pl.Int64),
        ([2**64 - 1], "UINT64", pl.UInt64),
        ([True, None], "BOOL", pl.Boolean),
        (["web", ""], "BYTES", pl.String),
        ([], "FP32", pl.Float64),
    ],
)
def test_each_datatype_becomes_a_column(data: list[Any], datatype: str, dtype: Any) -> None:
    column = frame(tensor(data, datatype))["length"]
    assert column.dtype == dtype
    assert column.to_list() == data


def test_data_may_be_flat_or_nested_and_the_shape_one_or_two_long() -> None:
    expected = frame(tensor([1, 2]))
    assert frame(tensor([[1], [2]])).equals(expected)
    assert frame(tensor([1, 2], shape=[2])).equals(expected)


def test_an_integer_for_a_time_counts_microseconds() -> None:
    at = tensor([0, 1, MISSING_TIME, None], "INT64", "at")
    read = frame_of_tensors([at], loans().signature)["at"]
    assert read.dtype == pl.Datetime("us")
    assert read.to_physical().to_list() == [0, 1, None, None]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (tensor([1, 2, 3], shape=[2, 1]), r"shape \[2, 1\], which is 2 values, but its data has 3"),
        (tensor([[1, 2]], shape=[1, 2]), r"each input is one column"),
        (tensor([], shape=[]), "each input is one column"),
        (tensor([], shape=[-1, 1]), "each input is one column"),
        (tensor([], shape=[10**15, 1]), "but its data has 0"),
        (tensor([1], "FP23"), "datatype 'FP23': did you mean 'FP32'"),
        (tensor(["x"]), "is FP32, but its data has a text: 'x'"),
        (tensor([True]), "is FP32, but its data has a boolean"),
        (tensor([1.5], "INT32"), "is INT32, but its data has a number: 1.5"),
        (tensor([1], "BOOL"), "is BOOL, but its data has a number: 1"),
        (tensor([1], "BYTES"), "is BYTES, but its data has a number: 1"),
        (tensor([[1, 2], 3]), "is FP32, but its data has a list"),
        (tensor([128], "INT8"), "beyond the range of INT8"),
        (tensor([10**400], "FP64"), "beyond the range of FP64"),
        (tensor([10**400], "INT64"), "beyond the range of INT64"),
        (tensor([-1], "UINT64"), "beyond the range of UINT64"),
        (Tensor("length", [1, 1], "FP32"), "has no `data`, and no `binary_data_size`"),
        (BinaryTensor("length", [2, 1], "FP32", b"1234"), "8 bytes, but its data has 4"),
        (BinaryTensor("length", [1, 2], "FP32", b"12345678"), "each input is one column"),
    ],
)
def test_what_is_wrong_with_a_tensor_is_said(wrong: Tensor | BinaryTensor, message: str) -> None:
    with pytest.raises(RequestError, match=f"input 'length'.*{message}"):
        frame(wrong)


def test_all_problems_are_said_at_once() -> None:
    with pytest.raises(RequestError) as caught:
        frame(tensor([1], "FP1"), tensor([1]), tensor([1]), tensor([1, 2], name="width"))
    lines = str(caught.value).splitlines()
    assert "datatype 'FP1'" in lines[0]
    assert lines[1:] == [
        "input 'length' is there twice: send each column once",
        "all inputs must have the same number of rows, but they have: 'length' 1, 'width' 2",
    ]
