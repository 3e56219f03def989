"""Windows hold what belongs together, whatever the batches and the clocks."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keel.data.logs.window_clock import WindowClock
from keel.data.logs.windows import MOST_LINES, SCHEMA, Cutting, Windows

START = datetime(2024, 1, 1, 10)
MINUTE = timedelta(minutes=1)


def records(*rows: tuple[float | None, str]) -> pl.DataFrame:
    """Minutes after START, and a message."""
    times = [None if minute is None else START + minute * MINUTE for minute, _ in rows]
    messages = [message for _, message in rows]
    return pl.DataFrame(
        {"time": times, "message": messages, "text": messages, "mark": messages},
        schema={"time": pl.Datetime("us"), **dict.fromkeys(("message", "text", "mark"), pl.String)},
    )


def cut(frame: pl.DataFrame, cutting: Cutting, batch: int = 1000) -> pl.DataFrame:
    windows = Windows(cutting)
    parts = [windows.add(frame[i : i + batch]) for i in range(0, len(frame), batch)]
    return pl.concat([pl.DataFrame(schema=windows.schema), *parts, windows.flush()])


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_window_of_time_holds_its_minutes(batch):
    frame = records((0, "a"), (4.9, "b"), (5, "c"), (21, "d"))
    found = cut(frame, Cutting(), batch)
    assert found["log"].to_list() == ["a\nb", "c", "d"]
    assert found["window"].to_list()[1] == "2024-01-01 10:05:00"
    assert found["lines"].to_list() == [2, 1, 1]
    assert found["end"][0] == START + 4.9 * MINUTE


def test_late_lines_stay_in_the_open_window_and_a_clock_set_back_begins_one():
    frame = records((0, "a"), (6, "b"), (4, "late"), (-300, "back"), (-299, "c"), (6, "again"))
    windows = Windows(Cutting())
    found = pl.concat([windows.add(frame), windows.flush()])
    assert found["log"].to_list() == ["a", "b\nlate", "back\nc", "again"]
    assert windows.notes == ("the clock was set back 1 times",)


def test_one_wrong_time_in_the_future_spoils_no_more_than_its_window():
    frame = records((0, "a"), (5_000_000, "wrong"), (1, "b"), (2, "c"), (6, "d"))
    assert cut(frame, Cutting())["log"].to_list() == ["a", "wrong", "b\nc", "d"]


def test_random_times_cost_no_more_than_linear_time():
    times = np.random.default_rng(0).integers(0, 2**50, 200_000)
    clock = WindowClock(timedelta(minutes=5))
    numbers = clock.read(times)
    assert (numbers[1:] >= numbers[:-1]).all()


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_a_session_holds_its_lines_and_ends_after_a_pause(batch):
    frame = records(
        (0, "get blk_-1 now"),
        (1, "nothing"),
        (2, "get blk_2"),
        (3, "put blk_-1"),
        (90, "put blk_2"),
    )
    windows = Windows(Cutting(session=r"blk_(-?[0-9]+)"))
    parts = [windows.add(frame[i : i + batch]) for i in range(0, len(frame), batch)]
    found = pl.concat([*parts, windows.flush()]).sort("window")
    assert found["window"].to_list() == ["-1", "2", "2 #2"]
    assert found["log"].to_list() == ["get blk_-1 now\nput blk_-1", "get blk_2", "put blk_2"]
    assert windows.notes == ("1 lines name no session and are left out",)


def test_a_session_may_be_a_column():
    frame = records((0, "x"), (1, "y"), (2, "x"))
    assert cut(frame, Cutting(session="mark"))["log"].to_list() == ["x\nx", "y"]


def test_windows_of_so_many_lines_need_no_time():
    frame = records(*((None, str(i)) for i in range(5)))
    for batch in (1, 2, 100):
        found = cut(frame, Cutting(length=2), batch)
        assert found["log"].to_list() == ["0\n1", "2\n3", "4"]
        assert found["start"].null_count() == 3
        assert found["window"].to_list() == ["window 0", "window 1", "window 2"]


def test_marks_of_lines_make_the_label_of_a_window():
    frame = records((0, "-"), (1, "KERNEL"), (6, "-"), (7, "0"), (8, "Normal"))
    found = cut(frame, Cutting(label="mark"))
    assert found["label"].to_list() == ["anomaly", "normal"]


def test_a_window_is_bounded_and_said():
    frame = records(*((0, str(i)) for i in range(MOST_LINES + 5)))
    windows = Windows(Cutting())
    found = pl.concat([windows.add(frame[:7]), windows.add(frame[7:]), windows.flush()])
    assert found["lines"].to_list() == [MOST_LINES + 5]
    assert found["log"][0].count("\n") == MOST_LINES - 1
    assert "1 windows have more than" in windows.notes[0]


def test_too_many_open_sessions_are_closed_the_most_silent_first(monkeypatch):
    monkeypatch.setattr("keel.data.logs.windows.MOST_OPEN", 2)
    windows = Windows(Cutting(session="mark"))
    found = windows.add(records((0, "a"), (1, "b"), (2, "c"), (3, "a")))
    assert found["window"].to_list() == ["b"]
    assert "1 sessions closed early" in windows.notes[0]


def test_no_records_make_no_windows():
    windows = Windows(Cutting())
    assert windows.add(records()).schema == windows.flush().schema == pl.Schema(SCHEMA)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-400, 400), st.sampled_from("abc")), max_size=30),
    st.integers(1, 7),
    st.sampled_from([Cutting(), Cutting(session="mark"), Cutting(length=3)]),
)
def test_batches_make_no_difference(rows, batch, cutting):
    frame = records(*rows)
    if cutting.session is not None:
        frame = frame.sort("time")
    whole, parts = cut(frame, cutting), cut(frame, cutting, batch)
    order = ["start", "window"]
    assert whole.sort(order).rows() == parts.sort(order).rows()
