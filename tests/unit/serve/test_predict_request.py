import math

import msgspec
import numpy as np
import pytest

from keel.errors import RequestError
from keel.serve.predict_request import read_predict_request, shape_answers
from keel.train.export.predictor import Prediction
from tiny_systems import houses, loans, petals, visits


def test_a_bare_object_is_one_row() -> None:
    request = read_predict_request(b'{"length": 1, "width": 2}', petals().signature)
    assert request.rows == [{"length": 1, "width": 2}]
    assert request.options.unit is None


def test_rows_and_options_are_read() -> None:
    request = read_predict_request(
        b'{"rows": [{"length": 1}], "options": {"unit": "ada"}}', petals().signature
    )
    assert request.rows == [{"length": 1}]
    assert request.options.unit == "ada"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[1]", "the body is a list; allowed is"),
        (b'"x"', "the body is a text"),
        (b'{"rows": 3}', "'rows' is a number; allowed is a list"),
        (b'{"rows": [], "option": {}}', "'option' is not known beside 'rows': did you mean 'opt"),
        (b'{"rows": [], "options": []}', "'options' is a list; allowed is an object"),
        (b'{"rows": [], "options": {"units": 1}}', "option 'units' is not known: did you mean 'u"),
        (b'{"rows": [], "options": {"unit": 1}}', "option 'unit' is a number; allowed is a text"),
        (b"", "the body is not JSON in UTF-8: .*; it is empty"),
        (b'{"length": NaN}', "JSON has no NaN or Infinity"),
        (b'{"length": 1e999}', "Number out of range"),
        (b'{"rows"', "the body is not JSON"),
        (b'{"length": "\xff"}', "the body is not JSON in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(body: bytes, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read_predict_request(body, petals().signature)


def test_all_problems_of_a_body_are_said_at_once() -> None:
    body = b'{"rows": 3, "option": {}, "options": {"k": 5}}'
    with pytest.raises(RequestError) as caught:
        read_predict_request(body, petals().signature)
    assert len(str(caught.value).splitlines()) == 3


def test_a_class_comes_with_its_scores_and_its_action() -> None:
    prediction = Prediction(np.array([[0.25, 0.75]]), np.array([1]), np.array([1]))
    assert _plain(shape_answers(prediction, loans().signature)) == [
        {"prediction": "lost", "scores": {"paid": 0.25, "lost": 0.75}, "action": "review"}
    ]


def test_without_actions_there_is_no_action() -> None:
    prediction = Prediction(np.array([[0.25, 0.75, 0.0]]), np.array([1]))
    (answer,) = _plain(shape_answers(prediction, petals().signature))
    assert answer == {
        "prediction": "medium",
        "scores": {"small": 0.25, "medium": 0.75, "large": 0.0},
    }


def test_an_anomaly_comes_with_its_one_score() -> None:
    prediction = Prediction(np.array([0.5, 7.5]), np.array([0, 1]), np.array([0, 2]))
    assert _plain(shape_answers(prediction, visits().signature)) == [
        {"prediction": "normal", "scores": {"anomaly": 0.5}, "action": "pass"},
        {"prediction": "anomaly", "scores": {"anomaly": 7.5}, "action": "stop"},
    ]


def test_a_value_comes_alone_and_is_null_where_there_is_none() -> None:
    prediction = Prediction(np.array([1.5, math.nan]))
    assert _plain(shape_answers(prediction, houses().signature)) == [
        {"prediction": 1.5},
        {"prediction": None},
    ]


def _plain(answers: object) -> list[dict[str, object]]:
    plain: list[dict[str, object]] = msgspec.json.decode(msgspec.json.encode(answers))
    return plain
