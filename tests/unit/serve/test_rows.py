import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.data.table import Column
from keel.errors import RequestError
from keel.serve.rows import frame_of
from keel.spec.kinds import Kind
from keel.train.export.open_predictor import predictor_of
from keel.train.export.signature import describe_input
from tiny_systems import LOAN, loans, petals

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["1", "0", "1.5", "", "?", "true", "web", "$1,200", "late again", "\x00", "é"]
    )
)
MOMENTS = st.none() | st.floats(-1e300, 1e300) | st.sampled_from(["2026-03-01", "soon", ""])


def test_rows_become_columns_in_the_order_of_the_signature() -> None:
    frame = frame_of([{"width": 2, "length": None, "colour": ["red"]}], petals().signature).frame
    assert frame.columns == ["length", "width"]
    assert frame.rows() == [(None, 2)]


def test_no_rows_are_no_rows() -> None:
    assert frame_of([], petals().signature).frame.shape == (0, 2)


def test_columns_that_evidence_needs_come_along_as_texts() -> None:
    rows = [{"length": 1, "width": 2, "id": 17.0}, {"length": 1, "width": 2, "id": "a"}]
    frame = frame_of(rows, petals().signature, ("id", "age", "width")).frame
    assert frame.columns == ["length", "width", "id"]
    assert frame["id"].to_list() == ["17", "a"]


def test_an_integer_beyond_64_bits_is_a_number_or_a_text() -> None:
    frame = frame_of([{**LOAN, "amount": 10**30, "channel": 10**30}], loans().signature).frame
    assert frame["amount"].to_list() == [1e30]
    assert frame["channel"].to_list() == [str(10**30)]
    beyond = frame_of([{**LOAN, "amount": 10**400}], loans().signature).frame
    assert beyond["amount"].is_infinite().all()


def test_every_missing_column_is_named_with_its_row_and_the_nearest_spelling() -> None:
    rows = [{"length": 1, "width": 2}, {"lenght": 1}, {}]
    with pytest.raises(RequestError) as caught:
        frame_of(rows, petals().signature)
    assert str(caught.value).splitlines() == [
        "column 'length' is missing in row 1 and 1 more; is it 'lenght'?",
        "column 'width' is missing in row 1 and 1 more",
        "every row needs: length, width; use null for a missing value",
    ]


def test_values_that_are_not_scalar_are_named() -> None:
    with pytest.raises(RequestError, match="column 'width' is an object; allowed is a number"):
        frame_of([{"length": 1, "width": {"cm": 2}}], petals().signature)
    with pytest.raises(RequestError, match="column 'width' is a list in row 1"):
        frame_of([{"length": 1, "width": 2}, {"length": 1, "width": [2]}], petals().signature)


def test_rows_that_are_no_objects_are_named() -> None:
    with pytest.raises(RequestError, match="row 1 is a number\nrow 2 is null"):
        frame_of([{"length": 1, "width": 2}, 3, None], petals().signature)


def test_a_long_list_of_problems_is_cut() -> None:
    with pytest.raises(RequestError, match=r"row 19 is null\nand 80 more") as caught:
        frame_of([None] * 100, petals().signature)
    assert "row 20" not in str(caught.value)


@settings(max_examples=40)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"amount": VALUES, "channel": VALUES, "new": VALUES, "at": MOMENTS, "note": VALUES}
        ),
        min_size=2,
        max_size=4,
    )
)
def test_a_row_is_answered_the_same_whatever_stands_beside_it(
    rows: list[dict[str, object]],
) -> None:
    predictor, signature = predictor_of(loans()), loans().signature
    together = predictor.answer(frame_of(rows, signature).frame).output
    for row, expected in zip(rows, together, strict=True):
        alone = predictor.answer(frame_of([row], signature).frame).output[0]
        assert alone == pytest.approx(expected, abs=1e-6)


def test_types_that_differ_within_a_column_are_each_read_as_its_kind() -> None:
    rows = [
        {**LOAN, "channel": 1, "at": 0},
        {**LOAN, "channel": True, "at": "2026-03-01T00:00:00Z"},
        {**LOAN, "channel": 2.0, "at": None},
    ]
    given = frame_of([*rows, {**LOAN, "channel": 1, "at": "soon"}], loans().signature)
    assert given.unread == {"at": 1}
    frame = given.frame[:3]
    assert frame["channel"].to_list() == ["1", "true", "2"]
    assert frame["at"].dtype == pl.Datetime("us")
    assert frame["at"].dt.year().to_list() == [1970, 2026, None]


def test_a_list_of_texts_is_a_sequence() -> None:
    signature = msgspec.structs.replace(
        petals().signature, inputs=(describe_input(Column("log", Kind.SEQUENCE)),)
    )
    found = frame_of([{"log": ["one", "two"]}, {"log": "one"}, {"log": None}], signature)
    assert found.frame["log"].to_list() == ["one\ntwo", "one", None]
    with pytest.raises(RequestError, match="column 'log' is a list"):
        frame_of([{"log": ["one", 2]}], signature)
