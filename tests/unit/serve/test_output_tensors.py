from typing import Any

import numpy as np
import pytest

from keel.errors import RequestError
from keel.serve.output_tensors import OutputTensor, output_tensors, outputs_of
from keel.train.export.predictor import Prediction
from tiny_systems import houses, loans, petals, visits

LOANS = Prediction(np.array([[0.25, 0.75]]), np.array([1]), np.array([2]))


def shown(tensor: OutputTensor) -> tuple[str, tuple[int, ...], list[Any]]:
    return tensor.datatype, tensor.shape, tensor.values.ravel().tolist()


def test_classes_come_as_scores_numbers_and_names() -> None:
    answers = {t.name: shown(t) for t in output_tensors(LOANS, loans().signature)}
    assert answers == {
        "scores": ("FP32", (1, 2), [0.25, 0.75]),
        "prediction": ("INT64", (1,), [1]),
        "prediction_name": ("BYTES", (1,), ["lost"]),
        "action": ("BYTES", (1,), ["block"]),
    }


def test_a_value_comes_as_one_column() -> None:
    (value,) = output_tensors(Prediction(np.array([1.5, 2.0])), houses().signature)
    assert shown(value) == ("FP32", (2, 1), [1.5, 2.0])


def test_only_the_outputs_that_were_asked_for_are_sent() -> None:
    prediction = Prediction(np.array([[0.25, 0.75, 0.0]]), np.array([1]))
    names = ["prediction_name", "scores"]
    assert [t.name for t in output_tensors(prediction, petals().signature, names)] == names
    with pytest.raises(RequestError, match="no output 'score': did you mean 'scores'"):
        output_tensors(prediction, petals().signature, ["score"])


def test_what_is_described_is_what_is_sent() -> None:
    signature = loans().signature
    for described, sent in zip(
        outputs_of(signature), output_tensors(LOANS, signature), strict=True
    ):
        assert (described.name, described.datatype) == (sent.name, sent.datatype)
        assert (1, *described.shape[1:]) == sent.shape


def test_anomaly_scores_are_one_column_with_decisions_names_and_actions() -> None:
    prediction = Prediction(np.array([0.5, 7.5]), np.array([0, 1]), np.array([0, 2]))
    tensors = {t.name: shown(t) for t in output_tensors(prediction, visits().signature)}
    assert tensors["scores"] == ("FP32", (2, 1), [0.5, 7.5])
    assert tensors["prediction"] == ("INT64", (2,), [0, 1])
    assert tensors["prediction_name"] == ("BYTES", (2,), ["normal", "anomaly"])
    assert tensors["action"] == ("BYTES", (2,), ["pass", "stop"])
