"""What a declaration says about a log."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from keel.spec.log import LogSpec, format_window, is_log, parse_window
from keel.spec.system import TableSpec


@pytest.mark.parametrize(
    ("text", "window"), [("5m", timedelta(minutes=5)), ("100 lines", 100), ("1 line", 1)]
)
def test_a_window_is_a_time_or_a_number_of_lines(text, window):
    assert parse_window(text) == window
    assert parse_window(format_window(window)) == window


@pytest.mark.parametrize(
    ("window", "words"), [("soon", "number of lines"), (5, "5 lines"), ("0s", "no length")]
)
def test_a_window_without_a_unit_is_refused(window, words):
    with pytest.raises(ValidationError, match=words):
        LogSpec(window=window)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("service.log", True),
        ("logs/service.log.3", True),
        ("service.log-20240101.gz", True),
        ("logs/*.log", True),
        ("catalog", False),
        ("log.csv", False),
    ],
)
def test_a_log_is_known_by_its_name(name, answer):
    assert is_log(name) is answer
    assert (TableSpec(table=name).log is not None) is answer


def test_windows_of_a_log_have_names_and_times():
    spec = TableSpec(table="a.txt", log={"session": "id"})
    assert (spec.key, spec.time) == ("window", "start")
    assert TableSpec(table="a.log", key="start").key == "start"
