"""Times of logs, in the ways in which logs write them."""

from datetime import datetime

import polars as pl
import pytest

from keel.data.logs.log_time import LogTimes

NOON = datetime(2024, 3, 1, 12)


def read(*texts: str | None, forms: tuple[str, ...] = ()) -> list[datetime | None]:
    return LogTimes(forms, NOON).read(pl.Series(texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-10-18 18:01:47,978", datetime(2015, 10, 18, 18, 1, 47, 978000)),
        ("2015-10-18T18:01:47.978123456Z", datetime(2015, 10, 18, 18, 1, 47, 978123)),
        ("2015-10-18T18:01:47+02:00", datetime(2015, 10, 18, 16, 1, 47)),
        ("2015-10-18 18:01:47-0530", datetime(2015, 10, 18, 23, 31, 47)),
        ("Feb  4 15:16:01", datetime(2024, 2, 4, 15, 16, 1)),
        ("Dec 14 15:16:01", datetime(2023, 12, 14, 15, 16, 1)),
        ("Sun Dec 04 04:47:44 2005", datetime(2005, 12, 4, 4, 47, 44)),
        ("Fri Sep 09 10:42:29.902022 2011", datetime(2011, 9, 9, 10, 42, 29, 902022)),
        ("10/Oct/2000:13:55:36 -0700", datetime(2000, 10, 10, 20, 55, 36)),
        ("081109 203615", datetime(2008, 11, 9, 20, 36, 15)),
        ("17/06/09 20:10:40", datetime(2017, 6, 9, 20, 10, 40)),
        ("0102 15:04:05.123456", datetime(2024, 1, 2, 15, 4, 5, 123456)),
        ("2005-06-03-15.42.50.675872", datetime(2005, 6, 3, 15, 42, 50, 675872)),
        ("20171223-22:15:29:606", datetime(2017, 12, 23, 22, 15, 29, 606000)),
        ("1117838570", datetime(2005, 6, 3, 22, 42, 50)),
        ("1700000000123", datetime(2023, 11, 14, 22, 13, 20, 123000)),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_time_is_read_however_it_is_written(text, moment):
    assert read(text) == [moment]


def test_forms_may_be_mixed_in_one_log():
    found = read("2024-01-01 00:00:00", None, "Jan 02 00:00:00", "1704240000")
    assert [moment and moment.day for moment in found] == [1, None, 2, 3]


def test_a_year_that_is_not_written_turns_with_the_months():
    times = LogTimes(("%b %d %H:%M:%S",), NOON)
    first = times.read(pl.Series(["Dec 31 23:59:59", None, "Jan 1 00:00:01", "Dec 31 23:59:58"]))
    assert [m and m.year for m in first] == [2023, None, 2024, 2023]
    later = times.read(pl.Series(["Jan 2 00:00:00", "Feb 29 10:00:00"]))
    assert later.to_list() == [datetime(2024, 1, 2), datetime(2024, 2, 29, 10)]


def test_a_day_that_a_year_does_not_have_is_missing():
    times = LogTimes(("%b %d %H:%M:%S",), datetime(2023, 6, 1))
    assert times.read(pl.Series(["Feb 29 10:00:00"])).to_list() == [None]
