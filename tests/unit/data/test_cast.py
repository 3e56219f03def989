"""Values as they were found, in the type of a kind."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keel.data.cast import MISSING, cast
from keel.data.few import FEW_ROWS
from keel.data.table import PHYSICAL
from keel.spec.kinds import Kind


def test_numbers_are_read_from_the_ways_people_write_them() -> None:
    texts = [" 1", "2 ", "1,000", "-1,234,567.5", "$5.50", "12%", "1e3", "-€ 3", ".5", "+7"]
    result = cast(pl.Series(texts), Kind.NUMBER)
    assert result.values.to_list() == [1, 2, 1000, -1234567.5, 5.5, 12, 1000, -3, 0.5, 7]
    assert result.odd is None


def test_what_is_no_number_is_odd_and_what_is_missing_is_not() -> None:
    result = cast(pl.Series(["1", "x", "?", "", " ", None, "1.2.3", "NA"]), Kind.NUMBER)
    assert result.values.to_list() == [1, None, None, None, None, None, None, None]
    assert result.odd is not None
    assert result.odd.to_list() == [False, True, False, False, False, False, True, False]


@pytest.mark.parametrize("values", [["1", "inf", "-Infinity"], [1.0, float("inf"), -float("inf")]])
def test_infinite_numbers_become_missing_and_are_counted(values: list[object]) -> None:
    result = cast(pl.Series(values), Kind.NUMBER)
    assert result.values.to_list() == [1, None, None]
    assert result.infinite == 2


def test_nan_becomes_missing() -> None:
    assert cast(pl.Series([1.0, float("nan")]), Kind.NUMBER).values.to_list() == [1.0, None]
    assert cast(pl.Series(["1", "nan"]), Kind.NUMBER).odd is None


def test_declared_texts_stand_for_nothing_also_where_they_are_numbers() -> None:
    result = cast(pl.Series(["1", "-999", "unknown"]), Kind.NUMBER, missing={"-999", "unknown"})
    assert result.values.to_list() == [1, None, None]
    assert result.odd is None


def test_typed_numbers_are_not_copied() -> None:
    column = pl.Series([1.0, None, 2.0])
    assert cast(column, Kind.NUMBER).values is column


def test_decimals_durations_and_times_of_day_are_numbers() -> None:
    assert cast(pl.Series([Decimal("1.25")]), Kind.NUMBER).values.to_list() == [1.25]
    assert cast(pl.Series([timedelta(minutes=2)]), Kind.NUMBER).values.to_list() == [120.0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ["yes", "No", " TRUE ", "f", "1", "0", "?"],
            [True, False, True, False, True, False, None],
        ),
        ([1, 0, None], [True, False, None]),
        ([1.0, 0.0, float("nan")], [True, False, None]),
    ],
)
def test_booleans_are_read_from_words_and_numbers(
    values: list[object], expected: list[bool | None]
) -> None:
    result = cast(pl.Series(values), Kind.BOOLEAN)
    assert result.values.to_list() == expected
    assert result.odd is None


def test_other_numbers_and_words_are_odd_booleans() -> None:
    assert cast(pl.Series([2, 1]), Kind.BOOLEAN).odd is not None
    assert cast(pl.Series(["maybe"]), Kind.BOOLEAN).odd is not None


def test_a_category_is_spelled_alike_however_it_is_stored() -> None:
    for column in (
        pl.Series([1, 2, None]),
        pl.Series([1.0, 2.0, None]),
        pl.Series([" 1", "2 ", "?"]),
        pl.Series(["1", "2", None], dtype=pl.Categorical),
        pl.Series([b"1", b"2", None]),
    ):
        assert cast(column, Kind.CATEGORY).values.to_list() == ["1", "2", None]


def test_large_whole_keys_keep_every_digit() -> None:
    assert cast(pl.Series([2**62 + 1]), Kind.CATEGORY).values[0] == str(2**62 + 1)


def test_a_text_may_be_a_question_mark() -> None:
    values = cast(pl.Series(["?", "NA", "  ", " hi "]), Kind.TEXT).values
    assert values.to_list() == ["?", "NA", None, "hi"]


def test_bytes_that_are_not_utf_8_become_text() -> None:
    values = cast(pl.Series([b"caf\xe9", b"\xc3\xa9", b"\x81"]), Kind.TEXT).values
    assert values.to_list() == ["caf\u00e9", "\u00e9", "\x81"]


def test_times_with_a_zone_become_utc() -> None:
    column = pl.Series([datetime(2024, 1, 1, 12, tzinfo=UTC)]).dt.convert_time_zone("Asia/Tokyo")
    assert cast(column, Kind.TIME).values.to_list() == [datetime(2024, 1, 1, 12)]
    assert cast(pl.Series([date(2024, 1, 2)]), Kind.TIME).values[0] == datetime(2024, 1, 2)


_ANY = st.one_of(
    st.lists(st.text(max_size=6) | st.none() | st.sampled_from(sorted(MISSING)), max_size=6),
    st.lists(st.floats() | st.none(), max_size=6),
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), max_size=6),
    st.lists(st.booleans() | st.none(), max_size=6),
    st.lists(st.binary(max_size=6) | st.none(), max_size=6),
    st.lists(st.dates() | st.none(), max_size=6),
)


@given(_ANY, st.sampled_from(list(Kind)))
def test_any_value_has_the_physical_type_of_the_kind_or_is_missing(
    values: list[object], kind: Kind
) -> None:
    result = cast(pl.Series("x", values, strict=False), kind)
    assert result.values.dtype == PHYSICAL[kind]
    assert len(result.values) == len(values)
    if kind is Kind.NUMBER:
        assert result.values.is_finite().fill_null(True).all()
    if result.odd is not None:
        assert result.values.filter(result.odd).is_null().all()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_number_written_as_text_is_the_same_number(values: list[float]) -> None:
    texts = pl.Series([repr(value) for value in values])
    assert cast(texts, Kind.NUMBER).values.to_list() == values


_WORDS = st.sampled_from(
    [None, "", " ", "?", "-1", "yes", "NO", "True ", "t", "1,000", " 7 ", "1e5", "inf", "\x1c",
     "none", "2024-01-02", "2024-01-02T03:04:05Z", "2024-01-02 03:04", "2024-02-30", "03/04/2024",
     "2024-01-02T03:04:05.250+02:00", "2024-01-02T24:00:00", "9999-12-31T23:59:59-23:00"]
)  # fmt: skip


@settings(deadline=None)
@example(["9999-12-31T23:59:59-23:00"], Kind.TIME, frozenset())
@given(
    st.lists(_WORDS | st.text(max_size=4), min_size=1, max_size=8),
    st.sampled_from(list(Kind)),
    st.sampled_from([frozenset(), frozenset({"-1", "none", "yes", "2024-01-02"})]),
)
def test_a_few_values_are_read_as_they_are_among_many(
    values: list[str | None], kind: Kind, missing: frozenset[str]
) -> None:
    few = pl.Series("x", values, pl.String)
    many = pl.Series("x", values * FEW_ROWS + values, pl.String)
    alone, among = cast(few, kind, missing=missing), cast(many, kind, missing=missing)
    # As stored: Python has no year 10000, which a time zone makes of 9999.
    stored = alone.values.to_physical().to_list()
    assert stored == among.values[: len(values)].to_physical().to_list()
    assert alone.unread * (FEW_ROWS + 1) == among.unread
    whole = kind in (Kind.TEXT, Kind.SEQUENCE)
    assert whole or not set(missing) & {str(value) for value in stored}


def test_a_declared_missing_text_is_missing_in_every_kind() -> None:
    texts = pl.Series(["9999-12-31", "2024-01-01", "unknown"])
    missing = {"9999-12-31", "unknown"}
    result = cast(texts, Kind.TIME, missing=missing)
    assert result.values.to_list() == [None, datetime(2024, 1, 1), None]
    assert result.odd is None
    assert cast(pl.Series(["n", "t"]), Kind.BOOLEAN, missing={"n"}).values.to_list() == [None, True]
