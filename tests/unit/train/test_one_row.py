import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.serve.rows import frame_of
from keel.train.export.exported import Exported
from keel.train.export.one_row import OneRow, answers_alone
from keel.train.export.predictor import Prediction, Predictor
from tiny_systems import houses, loans, petals, trips, visits

ODD = [
    *(0, 1, -1, 2, 0.0, -0.0, 1.0, 0.5, 1e-300, 3.4028235e38, 3.40282357e38, 1e39, 1e308),
    *(2**24 + 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**39, 10**400, 1700000000),
    *("", " ", "?", "NA", "nan", "none", "no", "yes", "Yes", "true", " true", "1", "0", "1.0"),
    *("12.5", "1,000", "$5", "bus", " bus", "train", "ship", "\x00", "é", "1e400", "inf"),
    *("2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01 12:00:00.123456+05:30", "2026-13-01"),
    *("0001-01-01", "9999-12-31T23:59:59-14:00", "12:00", " 2026-03-01", "01.03.2026"),
    *(None, True, False, [], {}, [1], {"a": 1}),
]
VALUES = (
    st.sampled_from(ODD)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.text(max_size=5)
    | st.datetimes().map(str)
)


def strict(exported: Exported) -> Exported:
    """The same, where more words stand for nothing."""
    signature = msgspec.structs.replace(exported.signature, missing=("none", "no", "bus"))
    return Exported(exported.model, signature, exported.codecs)


SYSTEMS: dict[str, Callable[[], Exported]] = {
    "trips": trips,
    "trips without a category": lambda: trips(with_mode=False),
    "trips with further words for nothing": lambda: strict(trips()),
    "petals": petals,
    "visits": visits,
}
PLAIN: list[dict[str, Any]] = [
    {"km": 12, "mode": "tram", "paid": True, "at": "2026-03-01T12:00:00Z"},
    {"km": 4999.5, "mode": 7, "paid": "yes", "at": "2026-03-01"},
    {"km": True, "mode": False, "paid": 0, "at": None},
    {"km": None, "mode": None, "paid": None, "at": "2026-03-01 12:00", "more": [{}]},
]


def by_row(exported: Exported) -> tuple[OneRow, Predictor]:
    predictor = Predictor(exported)
    assert answers_alone(exported.signature)
    return OneRow(predictor.session, exported.signature), predictor


def by_table(predictor: Predictor, row: dict[str, Any]) -> tuple[Prediction, dict[str, int]]:
    rows = frame_of([row], predictor.signature)
    prediction = predictor.answer(rows.frame)
    return prediction, {**rows.unread, **prediction.unread}


def check_same(one: Prediction, other: Prediction) -> None:
    for mine, its in (
        (one.output, other.output),
        (one.decision, other.decision),
        (one.action, other.action),
    ):
        assert (mine is None) == (its is None)
        if mine is not None and its is not None:
            assert (mine.dtype, mine.shape) == (its.dtype, its.shape)
            np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize("name", SYSTEMS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_row_is_answered_as_the_table_of_it_or_left_to_it(
    name: str, data: st.DataObject, answerers: dict[str, tuple[OneRow, Predictor]]
) -> None:
    one_row, predictor = answerers[name]
    named = {column.name: VALUES for column in predictor.signature.inputs}
    row = data.draw(st.fixed_dictionaries(named, optional={"more": VALUES}))
    try:
        row = msgspec.json.decode(json.dumps(row))
    except msgspec.DecodeError:
        return
    prediction = one_row.answer(row)
    if prediction is not None:
        table, unread = by_table(predictor, row)
        assert unread == {}
        check_same(prediction, table)


@pytest.fixture(scope="module")
def answerers() -> dict[str, tuple[OneRow, Predictor]]:
    return {name: by_row(make()) for name, make in SYSTEMS.items()}


@pytest.mark.parametrize("name", ["trips", "trips without a category"])
def test_plain_values_of_every_kind_take_no_table(
    name: str, answerers: dict[str, tuple[OneRow, Predictor]]
) -> None:
    one_row, predictor = answerers[name]
    for row in PLAIN:
        prediction = one_row.answer(row)
        assert prediction is not None
        check_same(prediction, by_table(predictor, row)[0])


def test_a_row_that_lacks_a_column_is_left_to_the_table(
    answerers: dict[str, tuple[OneRow, Predictor]],
) -> None:
    one_row, _ = answerers["trips"]
    for name in PLAIN[0]:
        assert one_row.answer({n: value for n, value in PLAIN[0].items() if n != name}) is None


def test_an_answer_does_not_change_with_the_next(
    answerers: dict[str, tuple[OneRow, Predictor]],
) -> None:
    one_row, _ = answerers["petals"]
    first = one_row.answer({"length": -3, "width": 0})
    assert first is not None
    kept = first.output.copy()
    one_row.answer({"length": 3, "width": 0})
    np.testing.assert_array_equal(first.output, kept)


@pytest.mark.parametrize("make", [loans, houses], ids=["a text", "computed features"])
def test_what_needs_a_codec_or_is_computed_takes_a_table(make: Callable[[], Exported]) -> None:
    assert not answers_alone(make().signature)
