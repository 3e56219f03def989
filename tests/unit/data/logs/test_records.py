"""Records hold everything that belongs to a message."""

from datetime import datetime

import polars as pl
import pytest

from keel.data.logs.formats import FORMATS, PLAIN
from keel.data.logs.records import MOST_LINES, Records

JAVA = """2024-01-01 10:00:00,000 ERROR [main] a.B: it failed
java.io.IOException: no
\tat a.B.c(B.java:1)
Caused by: java.lang.Error: why
\t... 3 more

2024-01-01 10:00:01,000 INFO [main] a.B: went on
2024-01-01T10:00:02Z other program
tail of it"""
PYTHON = """hello
Traceback (most recent call last):
  File "x.py", line 1, in <module>
ValueError: no
  indented
bye"""
ISO = next(form for form in FORMATS if form.name == "time, level")


def read(text: str, form: object, block: int) -> pl.DataFrame:
    records = Records(form, datetime(2024, 6, 1))
    lines = pl.Series(text.split("\n"))
    parts = [records.read(lines[i : i + block]) for i in range(0, len(lines), block)]
    return pl.concat([*parts, records.flush(), records.flush()])


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_a_stack_trace_is_kept_whole_wherever_a_batch_ends(block):
    found = read(JAVA, ISO, block)
    assert found["message"].to_list() == [
        "it failed",
        "went on",
        "2024-01-01T10:00:02Z other program",
    ]
    assert found["lines"].to_list() == [6, 1, 2]
    assert found["line"].to_list() == [1, 7, 8]
    assert found["text"][0].split("\n")[-1] == "\t... 3 more"
    assert found["time"].to_list() == [datetime(2024, 1, 1, 10, 0, s) for s in (0, 1, 1)]
    assert found["level"].to_list() == ["ERROR", "INFO", None]


@pytest.mark.parametrize("block", [1, 4, 100])
def test_a_plain_log_knows_a_traceback_by_its_looks(block):
    found = read(PYTHON, PLAIN, block)
    assert found["message"].to_list() == ["hello", "bye"]
    assert found["line"].to_list() == [1, 6]
    assert found["lines"].to_list() == [5, 1]
    assert found["time"].null_count() == 2


def test_an_empty_log_has_no_records():
    records = Records(PLAIN, datetime(2024, 6, 1))
    empty = pl.Series([], dtype=pl.String)
    assert records.read(empty).schema == records.flush().schema == pl.Schema(records.schema)
    assert read("\n\n\n", PLAIN, 2).is_empty()
    assert read("\n\n\n", ISO, 2).is_empty()


@pytest.mark.parametrize("block", [700, 10_000])
def test_a_record_without_end_is_bounded_and_its_lines_are_counted(block):
    text = "\n".join(["head", *(f"  line {i}" for i in range(5_000)), "next"])
    found = read(text, PLAIN, block)
    assert found["lines"].to_list() == [5_001, 1]
    assert found["line"].to_list() == [1, 5_002]
    assert found["text"][0].count("\n") == MOST_LINES - 1


def test_levels_have_one_name():
    lines = "\n".join(
        f"2024-01-01 10:00:00 {w} x" for w in ("WARNING", "warn", "Severe", "CRITICAL")
    )
    assert read(lines, ISO, 9)["level"].to_list() == ["WARN", "WARN", "ERROR", "FATAL"]


def test_fields_asked_for_are_columns():
    json = FORMATS[0]
    records = Records(json, datetime(2024, 6, 1), ("request",))
    lines = pl.Series(['{"msg":"a","request":7}', '{"msg":"b"}'])
    found = pl.concat([records.read(lines), records.flush()])
    assert found["request"].to_list() == ["7", None]
