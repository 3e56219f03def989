from typing import Any

import numpy as np
import polars as pl
import pytest

from keel.errors import RequestError
from keel.serve.tensors import Tensor, frame_of_tensors, outputs_of, tensors_of
from keel.train.export.predictor import Prediction
from keel.train.export.tensors import MISSING_TIME
from tiny_systems import houses, loans, petals, visits


def tensor(data: list[Any], datatype: str = "FP32", name: str = "length", **parts: Any) -> Tensor:
    return Tensor(name, parts.pop("shape", [len(data), 1]), datatype, data, **parts)


def frame(*tensors: Tensor) -> pl.DataFrame:
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
        (tensor([], parameters={"binary_data_size": 8}), "is binary: send its values in `data`"),
    ],
)
def test_what_is_wrong_with_a_tensor_is_said(wrong: Tensor, message: str) -> None:
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


def test_classes_come_as_scores_numbers_and_names() -> None:
    prediction = Prediction(np.array([[0.25, 0.75]]), np.array([1]), np.array([2]))
    answers = {t.name: t for t in tensors_of(prediction, loans().signature)}
    assert list(answers) == ["scores", "prediction", "prediction_name", "action"]
    assert answers["scores"] == Tensor("scores", [1, 2], "FP32", [0.25, 0.75])
    assert answers["prediction"] == Tensor("prediction", [1], "INT64", [1])
    assert answers["prediction_name"] == Tensor("prediction_name", [1], "BYTES", ["lost"])
    assert answers["action"] == Tensor("action", [1], "BYTES", ["block"])


def test_a_value_comes_as_one_column() -> None:
    (value,) = tensors_of(Prediction(np.array([1.5, 2.0])), houses().signature)
    assert value == Tensor("value", [2, 1], "FP32", [1.5, 2.0])


def test_only_the_outputs_that_were_asked_for_are_sent() -> None:
    prediction = Prediction(np.array([[0.25, 0.75, 0.0]]), np.array([1]))
    names = ["prediction_name", "scores"]
    assert [t.name for t in tensors_of(prediction, petals().signature, names)] == names
    with pytest.raises(RequestError, match="no output 'score': did you mean 'scores'"):
        tensors_of(prediction, petals().signature, ["score"])


def test_what_is_described_is_what_is_sent() -> None:
    prediction = Prediction(np.array([[0.25, 0.75]]), np.array([1]), np.array([2]))
    signature = loans().signature
    for described, sent in zip(
        outputs_of(signature), tensors_of(prediction, signature), strict=True
    ):
        assert (described.name, described.datatype) == (sent.name, sent.datatype)
        assert [1, *described.shape[1:]] == sent.shape


def test_anomaly_scores_are_one_column_with_decisions_names_and_actions() -> None:
    signature = visits().signature
    prediction = Prediction(np.array([0.5, 7.5]), np.array([0, 1]), np.array([0, 2]))
    tensors = {tensor.name: tensor for tensor in tensors_of(prediction, signature)}
    assert (tensors["scores"].shape, tensors["scores"].data) == ([2, 1], [0.5, 7.5])
    assert tensors["prediction"].data == [0, 1]
    assert tensors["prediction_name"].data == ["normal", "anomaly"]
    assert tensors["action"].data == ["pass", "stop"]
