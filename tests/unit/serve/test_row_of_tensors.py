import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.errors import RequestError
from keel.serve.row_of_tensors import row_of_tensors
from keel.serve.tensor_bytes import DTYPES, bytes_of
from keel.serve.tensors import BinaryTensor, Tensor, frame_of_tensors
from keel.train.export.one_row import OneRow
from keel.train.export.predictor import Predictor
from tiny_systems import visits

PREDICTOR = Predictor(visits())
ONE_ROW = OneRow(PREDICTOR.session, PREDICTOR.signature)
VALUES = st.sampled_from(
    [None, True, False, 0, 1, -3, 2**40, 2**70, 10**400, 0.5, -0.0, 1e30, 1e40, math.nan, math.inf]
) | st.sampled_from(["fox", "", " kite ", "NA", "1", "1.5", "x" * 300, [1]])
DATATYPES = st.sampled_from(["FP32", "FP64", "INT64", "INT8", "BOOL", "BYTES", "FP16", "X"])
SHAPES = st.sampled_from([[1, 1], [1], [1, 1, 1], [2], []])


def written(name: str, datatype: str, value: Any) -> Tensor | BinaryTensor:
    """In binary where that can be, else as JSON."""
    try:
        dtype = object if datatype == "BYTES" else DTYPES[datatype]
        with np.errstate(all="ignore"):
            content = bytes_of(np.array([value], dtype), datatype)
    except (KeyError, TypeError, ValueError, OverflowError):
        return Tensor(name, [1], datatype, [value])
    return BinaryTensor(name, [1, 1], datatype, content)


@settings(max_examples=300)
@given(st.data())
def test_a_row_is_answered_as_the_table_answers_it(data: st.DataObject) -> None:
    tensors = []
    for name in ("pages", "seconds", "browser"):
        datatype, value = data.draw(DATATYPES), data.draw(VALUES)
        plain = Tensor(name, data.draw(SHAPES), datatype, [value])
        tensors.append(plain if data.draw(st.booleans()) else written(name, datatype, value))
    row = row_of_tensors(tensors)
    quick = None if row is None else ONE_ROW.answer(row)
    try:
        table = PREDICTOR.answer(frame_of_tensors(tensors, PREDICTOR.signature))
    except RequestError:
        assert quick is None
        return
    if quick is not None:
        assert quick.output.tolist() == table.output.tolist()
        assert np.array_equal(quick.decision, table.decision)
        assert np.array_equal(quick.action, table.action)
        assert not table.unread


def test_plain_values_are_read_without_a_table() -> None:
    tensors = [
        Tensor("a", [1], "FP32", [2]),
        Tensor("b", [1, 1], "BYTES", ["né"]),
        BinaryTensor("c", [1, 1], "FP16", np.array([0.5], "<f2").tobytes()),
        BinaryTensor("d", [1], "BYTES", b"\3\0\0\0n\xc3\xa9"),
        BinaryTensor("e", [1], "FP64", np.array([np.nan]).tobytes()),
        BinaryTensor("f", [1], "UINT64", bytes(8)),
    ]
    assert row_of_tensors(tensors[:-1]) == {"a": 2.0, "b": "né", "c": 0.5, "d": "né", "e": None}
    assert row_of_tensors(tensors) is None


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor("a", [2], "FP32", [1, 2]),
        Tensor("a", [1], "FP32", [1, 2]),
        Tensor("a", [1], "FP32"),
        Tensor("a", [1], "FP32", [True]),
        Tensor("a", [1], "INT64", [2**63]),
        Tensor("a", [1], "BYTES", [1]),
        BinaryTensor("a", [1], "FP32", bytes(3)),
        BinaryTensor("a", [1], "FP32", np.array([np.inf], "<f4").tobytes()),
        BinaryTensor("a", [1], "BYTES", b"\2\0\0\0a"),
        BinaryTensor("a", [1], "BYTES", b"\1\0\0\0\xff"),
    ],
)
def test_the_rest_is_left_to_the_table(tensor: Tensor | BinaryTensor) -> None:
    assert row_of_tensors([tensor]) is None


def test_a_column_that_is_there_twice_is_left_to_the_table() -> None:
    assert row_of_tensors([Tensor("a", [1], "FP32", [1])] * 2) is None
