"""Log files are tables of windows."""

import gzip
import os
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from keel.data.sources.log import LogSource
from keel.data.sources.open import open_source
from keel.errors import DeclarationError, TableError
from keel.spec.log import LogSpec

LINES = """2024-01-01 10:00:00,000 INFO [main] a.B: user ann came
2024-01-01 10:00:01,000 ERROR [main] a.B: it failed
java.io.IOException: no
\tat a.B.c(B.java:1)
2024-01-01 10:06:00,000 INFO [main] a.B: user bob came
2024-01-01 10:06:01,000 INFO [main] a.B: user ann went
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    path = tmp_path / "service.log"
    path.write_text(LINES)
    return path


def rows(source: LogSource) -> pl.DataFrame:
    chunks = [chunk.frame for chunk in source.chunks(lambda line: pytest.fail(line.reason))]
    return pl.concat(chunks)


def test_a_log_is_windows_of_five_minutes_unless_said_otherwise(service):
    source = open_source(service.name, base=service.parent)
    assert source.names == ("window", "start", "log")
    found = rows(source)
    assert found["window"].to_list() == ["2024-01-01 10:00:00", "2024-01-01 10:06:00"]
    assert found["log"].str.count_matches("\n").to_list() == [3, 1]
    assert rows(source).equals(found)
    assert source.notes == ("service.log read as time, level: 67% of its lines",)


def test_sessions_are_found_by_a_pattern(service):
    source = LogSource(service, LogSpec(session="user ([a-z]+)"))
    found = rows(source)
    assert found["window"].to_list() == ["ann", "bob"]
    assert "2 lines name no session" in source.notes[-1] or "1 lines" in source.notes[-1]


def test_a_log_without_times_has_windows_of_lines(tmp_path):
    path = tmp_path / "plain.log"
    path.write_text("\n".join(f"line {i}" for i in range(250)))
    assert rows(LogSource(path)).height == 3


def test_rotated_and_packed_files_are_one_log_in_the_order_of_change(service):
    older = service.with_name("service.log.1.gz")
    older.write_bytes(gzip.compress(LINES.replace("10:0", "09:0").encode()))
    os.utime(older, (1, 1))
    found = rows(open_source("service.log*", base=service.parent, log=LogSpec()))
    assert found["window"].to_list()[::2] == ["2024-01-01 09:00:00", "2024-01-01 10:00:00"]


def test_a_declared_format_gives_label_and_time(tmp_path):
    path = tmp_path / "bgl.txt"
    path.write_text("- 1117838570 ok\nKERNEL 1117838571 bad\n- 1117839570 ok\n")
    spec = LogSpec(format=r"^(?P<mark>\S+) (?P<time>\S+) (?P<message>.*)$", label="mark")
    source = LogSource(path, spec)
    assert source.names == ("window", "start", "log", "label")
    assert rows(source)["label"].to_list() == ["anomaly", "normal"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"format": "sislog"}, "'syslog'"),
        ({"format": "(?P<time>.*)"}, "no group `message`"),
        ({"session": "request"}, "no line has 'request'"),
        ({"session": "blk_("}, "not a regular expression"),
        ({"label": "mark"}, "no line has 'mark'"),
    ],
)
def test_what_does_not_fit_the_log_is_said(service, spec, words):
    with pytest.raises(DeclarationError, match=words):
        LogSource(service, LogSpec(**spec))


def test_a_log_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TableError, match="there is no log at"):
        open_source("nothing.log", base=tmp_path)


def test_an_empty_log_has_no_windows(tmp_path):
    path = tmp_path / "empty.log"
    path.write_bytes(b"")
    assert rows(LogSource(path)).is_empty()


def test_a_broken_archive_is_said(tmp_path):
    path = tmp_path / "half.log.gz"
    path.write_bytes(gzip.compress(LINES.encode() * 1000)[:-20])
    with pytest.raises(TableError, match="is the file whole"):
        rows(LogSource(path))


def test_incidents_label_the_windows_they_touch(service):
    labels = service.with_name("incidents.csv")
    labels.write_text("start,end,what\n2024-01-01 10:05:30,2024-01-01 10:06:00,disk\n")
    source = open_source("service.log", base=service.parent, log=LogSpec(labels="incidents.csv"))
    assert source.names == ("window", "start", "log", "label")
    assert rows(source)["label"].to_list() == ["normal", "anomaly"]


def test_labels_of_sessions_are_found_by_name(service):
    service.with_name("labels.csv").write_text("BlockId,Label\nann,Anomaly\nbob,Normal\n")
    spec = LogSpec(session="user ([a-z]+)", labels="labels.csv")
    found = rows(LogSource(service, spec, service.parent))
    assert found.select("window", "label").rows() == [("ann", "anomaly"), ("bob", "normal")]


def test_without_incidents_nothing_is_known(service):
    service.with_name("none.csv").write_text("start,end\n")
    source = LogSource(service, LogSpec(labels="none.csv"), service.parent)
    assert rows(source)["label"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("text", "words"), [("start,end\nsoon,later\n", "1 of 1 incidents"), ("a\n1\n", "alone")]
)
def test_labels_that_are_none_are_refused(service, text, words):
    service.with_name("bad.csv").write_text(text)
    with pytest.raises(TableError, match=words):
        LogSource(service, LogSpec(labels="bad.csv"), service.parent)
    with pytest.raises(TableError, match="cannot read the labels"):
        LogSource(service, LogSpec(labels="nowhere.csv"), service.parent)


def half_minutes(count, back=timedelta(), zone=""):
    """Lines from ten o'clock on, or so much earlier."""
    began = datetime(2024, 1, 1, 10) - back
    times = (began + timedelta(seconds=30 * i) for i in range(count))
    return [f"{at.isoformat()}{zone} INFO app: done".encode() for at in times]


def test_lines_of_a_megabyte_and_bytes_of_all_kinds_are_read_and_said(tmp_path):
    lines = half_minutes(100)
    lines[3] += b" " + b"x" * 1_000_000
    lines[4] += " café".encode()
    lines[5] += " café".encode("cp1252")
    lines[6] += bytes(range(1, 9))
    path = tmp_path / "wild.log"
    path.write_bytes(b"\n".join(lines))
    source = LogSource(path)
    windows = rows(source)
    assert len(windows) == 10
    assert windows["log"][0].count("café") == 2
    assert len(windows["log"][0]) < 70_000
    assert "1 line cut to 65,536 characters" in source.notes
    assert "1 line with control characters, shown as U+FFFD" in source.notes


def test_zones_are_taken_off_before_lines_share_a_window(tmp_path):
    east, west = half_minutes(100, timedelta(hours=-2), "+02:00"), half_minutes(100, zone="Z")
    path = tmp_path / "zones.log"
    path.write_bytes(b"\n".join(line for pair in zip(east, west, strict=True) for line in pair))
    source = LogSource(path)
    windows = rows(source)
    assert len(windows) == 10
    assert not any("clock" in note for note in source.notes)


def test_a_clock_that_is_set_back_begins_another_window_and_is_said(tmp_path):
    path = tmp_path / "back.log"
    path.write_bytes(b"\n".join(half_minutes(100) + half_minutes(20, timedelta(hours=3))))
    source = LogSource(path)
    assert len(rows(source)) == 12
    assert "the clock was set back 1 times" in source.notes
