"""Incoming columns, in the types of a version."""

from datetime import datetime

import polars as pl
import pytest

from keel.data.conform import conform, conform_counted
from keel.data.table import Column
from keel.errors import RequestError
from keel.spec.kinds import Kind

COLUMNS = (
    Column("amount", Kind.NUMBER),
    Column("city", Kind.CATEGORY),
    Column("member", Kind.BOOLEAN),
    Column("when", Kind.TIME),
)


def test_any_types_become_the_physical_ones_in_order() -> None:
    batch = pl.DataFrame(
        {
            "when": ["2020-01-01T10:00:00Z", "soon"],
            "extra": [1, 2],
            "member": ["yes", "maybe"],
            "city": [" Oslo ", "?"],
            "amount": ["1,000", "many"],
        }
    )
    result = conform_counted(batch, COLUMNS)
    assert result.frame.rows() == [
        (1000.0, "Oslo", True, datetime(2020, 1, 1, 10)),
        (None, None, None, None),
    ]
    assert result.unread == {"amount": 1, "member": 1, "when": 1}


def test_integers_and_missing_columns_of_nulls_are_taken() -> None:
    batch = pl.DataFrame({"amount": [1], "city": [7], "member": [None], "when": [None]})
    assert conform(batch, COLUMNS).rows() == [(1.0, "7", None, None)]


def test_every_missing_column_is_named_with_the_nearest_spelling() -> None:
    with pytest.raises(RequestError) as caught:
        conform(pl.DataFrame({"amnt": [1], "member": [True]}), COLUMNS)
    text = str(caught.value)
    assert "'amount' is missing: did you mean 'amnt'" in text
    assert "'city' is missing" in text
    assert "'when' is missing" in text


def test_what_is_typed_already_is_not_copied() -> None:
    batch = pl.DataFrame({"amount": [1.0, None]})
    result = conform(batch, COLUMNS[:1])
    address = batch["amount"].to_arrow().buffers()[1].address
    assert result["amount"].to_arrow().buffers()[1].address == address


def test_no_rows_stay_no_rows() -> None:
    batch = pl.DataFrame({column.name: [] for column in COLUMNS})
    assert conform(batch, COLUMNS).shape == (0, 4)
