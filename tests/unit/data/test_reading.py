"""How a column is read in training is how it is read ever after."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from keel.data.check import check
from keel.data.conform import conform_counted, tell_unread
from keel.data.reading import Reading, find_readings
from keel.data.sources.frame import FrameSource
from keel.errors import TableError
from keel.settings import Settings
from keel.spec.kinds import Kind
from keel.spec.system import System
from keel.spec.time_form import TimeForm

Declare = Callable[..., System]

DOUBTFUL = "t,y\n03/04/2020,n\n05/06/2020,y\n"
FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m/%d/%y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y")


def read_times(texts: list[str], system: System) -> tuple[pl.Series, Reading]:
    frame = pl.DataFrame({"t": texts, "y": ["a"] * len(texts)})
    (reading, *_) = find_readings(FrameSource(frame), system)
    assert reading.kind is Kind.TIME
    return frame["t"], reading


def test_dates_in_doubt_are_decided_once_and_told(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    (tmp_path / "t.csv").write_text(DOUBTFUL)
    checked = check(declare(), tmp_path, settings)
    assert checked.table.column("t").form is TimeForm.MONTH_DAY_YEAR
    (note,) = [note for note in checked.notes if "alike" in note]
    assert "fits month/day/year and day/month/year alike: read as month/day/year" in note
    assert "`expect: {t: {form: day/month/year}}`" in note


def test_a_declared_form_settles_the_doubt(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    (tmp_path / "t.csv").write_text(DOUBTFUL)
    checked = check(declare(expect={"t": {"form": "day/month/year"}}), tmp_path, settings)
    assert [moment.date() for moment in checked.table.read()["t"]] == [
        date(2020, 4, 3),
        date(2020, 6, 5),
    ]
    assert checked.table.column("t").form is TimeForm.DAY_MONTH_YEAR
    assert not any("alike" in note for note in checked.notes)


def test_a_form_for_what_is_no_time_is_refused(
    tmp_path: Path, settings: Settings, declare: Declare
) -> None:
    (tmp_path / "t.csv").write_text(DOUBTFUL)
    system = declare(expect={"t": {"type": "category", "form": "iso"}})
    with pytest.raises(TableError, match="form needs a time, but t is a category"):
        check(system, tmp_path, settings)


def test_dates_of_another_form_are_missing_and_told(declare: Declare) -> None:
    _, reading = read_times(["25/06/2020", "03/04/2020"] * 9, declare())
    given = pl.DataFrame({"t": ["06/25/2020", "2020-06-25", "24/06/2020"]})
    read = conform_counted(given, (reading.column,))
    assert read.frame["t"].is_null().to_list() == [True, True, False]
    assert tell_unread(read.unread, [reading.column]) == [
        "t: 2 values are not a time written as day/month/year, taken for missing"
    ]


@budget(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(FORMATS),
    st.lists(st.dates(date(1970, 1, 1), date(2060, 1, 1)), min_size=1, max_size=8),
    st.integers(0, 2),
)
def test_one_row_served_is_read_as_the_same_row_in_training(
    declare: Declare, written: str, dates: list[date], odd: int
) -> None:
    texts = [day.strftime(written) for day in dates] * 20 + ["soon"] * odd
    column, reading = read_times(texts, declare(expect={"t": {"type": "time"}}))
    trained = reading.read(column, frozenset())
    assert trained.unread == odd
    for row in (*range(len(dates)), -1):
        served = conform_counted(column[row : row + 1 or None].to_frame(), (reading.column,))
        assert served.frame["t"][0] == trained.values[row]
        assert served.unread == ({"t": 1} if texts[row] == "soon" else {})


def test_a_declared_time_of_digits_counts_from_1970(declare: Declare) -> None:
    times, reading = read_times(
        ["881250949", "891717742.5", "soon"], declare(expect={"t": {"type": "time"}})
    )
    assert reading.form is TimeForm.SINCE_1970
    read = reading.read(times, frozenset())
    assert [None if v is None else v.isoformat() for v in read.values.to_list()] == [
        "1997-12-04T15:55:49",
        "1998-04-04T19:22:22.500000",
        None,
    ]
    assert read.unread == 1


def test_years_are_no_moments(declare: Declare) -> None:
    years, reading = read_times(["1997", "1998"], declare(expect={"t": {"type": "time"}}))
    assert reading.read(years, frozenset()).unread == 2
