"""Columns in a few figures."""

from datetime import datetime

import polars as pl
import pytest

from keel.data.profile import profile
from keel.data.table import Column
from keel.spec.kinds import Kind


def test_numbers_have_ends_mean_quantiles_and_outliers() -> None:
    # The fences of 1..9 and 100 are at 3.25 - 6.75 and 7.75 + 6.75, so that only 100 is outside.
    values = [*map(float, range(1, 10)), 100.0, None, None]
    frame = pl.DataFrame({"x": values})
    (figures,) = profile(frame, (Column("x", Kind.NUMBER),))
    assert (figures.low, figures.high, figures.mean) == (1, 100, 14.5)
    assert figures.missing == pytest.approx(2 / 12)
    assert figures.distinct == 10
    assert figures.outliers == pytest.approx(0.1)
    assert figures.quantiles[1:4] == pytest.approx((3.25, 5.5, 7.75))
    assert figures.whole


def test_the_others_have_their_most_frequent_values() -> None:
    frame = pl.DataFrame(
        {
            "c": ["b", "a", "a", None],
            "b": [True, True, False, None],
            "t": [datetime(2020, 1, 2), datetime(2020, 1, 1, 3, 4, 5), None, None],
            "w": ["some text", None, None, None],
            "n": pl.Series([None] * 4, dtype=pl.Float64),
        }
    )
    columns = (
        Column("c", Kind.CATEGORY),
        Column("b", Kind.BOOLEAN),
        Column("t", Kind.TIME),
        Column("w", Kind.TEXT),
        Column("n", Kind.NUMBER),
    )
    category, boolean, time, text, nothing = profile(frame, columns)
    assert category.top == (("a", 2), ("b", 1))
    assert boolean.top == (("true", 2), ("false", 1))
    assert (time.low, time.high) == ("2020-01-01T03:04:05", "2020-01-02T00:00:00")
    assert (text.distinct, text.top) == (1, ())
    assert (nothing.missing, nothing.distinct, nothing.low) == (1.0, 0, None)
