"""Moments as people and programs write them."""

from datetime import datetime

import polars as pl
import pytest

from keel.data.moment import find_form, to_moments


@pytest.mark.parametrize(
    ("texts", "form", "first"),
    [
        (["2020-03-04", "2020-03-05T10:00:00Z"], "iso", datetime(2020, 3, 4)),
        (["2020-03-04 10:30"], "iso", datetime(2020, 3, 4, 10, 30)),
        (["2020-03-04T10:30:01.250+02:00"], "iso", datetime(2020, 3, 4, 8, 30, 1, 250_000)),
        (["2020/3/4 10:30:01"], "year/month/day", datetime(2020, 3, 4, 10, 30, 1)),
        (["04.03.2020"], "day.month.year", datetime(2020, 3, 4)),
        (["3/4/2020 10:30 PM"], "month/day/year", datetime(2020, 3, 4, 22, 30)),
        (["4/3/2020", "13/3/2020"], "day/month/year", datetime(2020, 3, 4)),
        (["04-03-2020", "31-03-2020"], "day-month-year", datetime(2020, 3, 4)),
        (["3/4/20"], "month/day/yy", datetime(2020, 3, 4)),
        (["4 Mar 2020", "14-March-2020"], "day month year", datetime(2020, 3, 4)),
        (["Mar 4, 2020", "March 14, 2020"], "month day, year", datetime(2020, 3, 4)),
        (["Wed, 4 Mar 2020 10:30:00 +0200"], "mail", datetime(2020, 3, 4, 8, 30)),
    ],
)
def test_the_form_is_found_and_every_text_read(
    texts: list[str], form: str, first: datetime
) -> None:
    column = pl.Series(texts)
    assert find_form(column) == form
    moments = to_moments(column)
    assert moments[0] == first
    assert moments.null_count() == 0


@pytest.mark.parametrize(
    "text", ["A11", "12", "1.5", "12-3-4", "2020-13-01", "99/99/9999", "10:30", "2020-5", "x/y/z"]
)
def test_other_texts_are_no_moments(text: str) -> None:
    assert to_moments(pl.Series([text]))[0] is None


@pytest.mark.parametrize("scale", [1, 10**3, 10**6, 10**9])
def test_numbers_count_from_1970_in_a_unit_told_by_their_size(scale: int) -> None:
    seconds = 1_583_317_801
    assert to_moments(pl.Series([seconds * scale]))[0] == datetime(2020, 3, 4, 10, 30, 1)


def test_infinite_numbers_are_no_moments() -> None:
    assert to_moments(pl.Series([float("inf"), float("nan"), 0.0])).to_list() == [
        None,
        None,
        datetime(1970, 1, 1),
    ]
