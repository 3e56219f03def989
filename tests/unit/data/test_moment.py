"""Moments as people and programs write them."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.data.moment import ChosenForm, choose_form, count_forms, to_moments
from keel.spec.time_form import TimeForm

WRITTEN = {
    TimeForm.ISO: ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S.%fZ"),
    TimeForm.YEAR_MONTH_DAY: ("%Y/%m/%d", "%Y/%m/%d %H:%M:%S"),
    TimeForm.DOTTED: ("%d.%m.%Y", "%d.%m.%Y %H:%M"),
    TimeForm.MONTH_DAY_YEAR: ("%m/%d/%Y", "%m/%d/%Y %I:%M %p"),
    TimeForm.DAY_MONTH_YEAR: ("%d/%m/%Y", "%d/%m/%Y %H:%M:%S"),
    TimeForm.MONTH_DAY_YY: ("%m/%d/%y", "%m/%d/%y %H:%M"),
    TimeForm.DAY_MONTH_YY: ("%d/%m/%y",),
    TimeForm.MONTH_DAY_YEAR_DASHES: ("%m-%d-%Y",),
    TimeForm.DAY_MONTH_YEAR_DASHES: ("%d-%m-%Y %H:%M",),
    TimeForm.DAY_NAMED_MONTH: ("%d %b %Y", "%d-%B-%Y"),
    TimeForm.NAMED_MONTH_DAY: ("%b %d, %Y", "%B %d, %Y"),
    TimeForm.MAIL: ("%a, %d %b %Y %H:%M:%S +0000", "%d %b %Y %H:%M:%S +0200 (CEST)"),
}
DATES = st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31))
OTHERS = st.sampled_from([None, "", "soon", "2020-03-04", "03/04/2020", "4.3.2020", "3/4/20 1:02"])


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
    chosen = choose_form(count_forms(column))
    assert chosen is not None
    assert chosen.form == form
    moments = to_moments(column, chosen.form)
    assert moments[0] == first
    assert moments.null_count() == 0


@pytest.mark.parametrize(
    "text", ["A11", "12", "1.5", "12-3-4", "2020-13-01", "99/99/9999", "10:30", "2020-5", "x/y/z"]
)
def test_other_texts_are_no_moments(text: str) -> None:
    assert choose_form(count_forms(pl.Series([text]))) is None


def test_dates_that_fit_two_forms_name_both() -> None:
    doubtful = count_forms(pl.Series(["03/04/2020", "05/06/2020"]))
    assert choose_form(doubtful) == ChosenForm(TimeForm.MONTH_DAY_YEAR, TimeForm.DAY_MONTH_YEAR)
    settled = count_forms(pl.Series(["03/04/2020", "25/06/2020"]))
    assert choose_form(settled) == ChosenForm(TimeForm.DAY_MONTH_YEAR)


@settings(deadline=None)
@given(
    st.sampled_from(list(WRITTEN)),
    st.lists(st.tuples(DATES, st.integers(0, 3)), min_size=1, max_size=4),
    st.lists(OTHERS, max_size=3),
)
def test_what_a_text_means_does_not_depend_on_the_texts_beside_it(
    form: TimeForm, dates: list[tuple[datetime, int]], others: list[str | None]
) -> None:
    ways = WRITTEN[form]
    texts = [date.strftime(ways[way % len(ways)]) for date, way in dates] + others
    alone = [to_moments(pl.Series([text], dtype=pl.String), form)[0] for text in texts]
    for many in (1, 100):
        column = pl.Series(texts * many, dtype=pl.String)
        assert to_moments(column, form).to_list() == alone * many
    assert None not in alone[: len(dates)]


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
