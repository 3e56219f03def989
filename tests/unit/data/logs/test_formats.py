"""The format of a log is found, and what its lines say with it."""

import polars as pl
import pytest

from keel.data.logs.formats import FORMATS, detect_format
from keel.data.logs.pattern_format import read_pattern
from keel.errors import DeclarationError

WRITTEN = {
    "json": '{"ts":"2024-01-01T00:00:00Z","level":"info","msg":"took 3 ms","logger":"api"}',
    "access": '1.2.3.4 - ann [10/Oct/2000:13:55:36 -0700] "GET /a/b?q=1 HTTP/1.1" 503 512 "-" "x"',
    "kubernetes": "E0102 15:04:05.123456   12345 pod_workers.go:190] sync failed",
    "container": "2024-01-01T00:00:00.123456789Z stdout F hello there",
    "syslog 5424": '<34>1 2003-10-11T22:14:15.003Z host su - ID47 [a b="c"] su root failed',
    "syslog": "<13>Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass; user unknown",
    "syslog, iso time": "2024-01-01T00:00:00.1+01:00 combo sshd[19939]: check pass",
    "apache error": "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 3:tid 4] [client ::1] no",
    "nginx error": "2023/01/01 12:00:00 [error] 123#0: *1 open() failed",
    "hdfs": "081109 203615 148 INFO dfs.DataNode$PacketResponder: done",
    "android": "03-17 16:13:38.811  1702  2395 D WindowManager: hello",
    "spark": "17/06/09 20:10:40 INFO executor.Backend: hello",
    "python": "2024-01-01 12:00:00,123 - app.db - WARNING - slow",
    "spring": "2024-01-01T12:00:00.123+01:00  INFO 1234 --- [app] [main] c.e.Foo   : started",
    "logfmt": 'time="2024-01-01T12:00:00Z" level=warning msg="disk is full" disk=3',
    "time, level": "2015-10-18 18:01:47,978 INFO [main] org.apache.Foo: hello",
    "time": "2015-10-18 18:01:47 hello",
    "level": "WARNING:root:hello",
    "plain": "hello",
}

SAID = {
    "json": ("2024-01-01T00:00:00Z", "info", "api", "took 3 ms"),
    "access": ("10/Oct/2000:13:55:36 -0700", "ERROR", None, "GET /a/b http503 size=512"),
    "kubernetes": ("0102 15:04:05.123456", "E", "pod_workers.go:190", "sync failed"),
    "container": ("2024-01-01T00:00:00.123456789Z", None, "stdout", "hello there"),
    "syslog 5424": ("2003-10-11T22:14:15.003Z", None, "su", "su root failed"),
    "syslog": ("Jun 14 15:16:01", None, "sshd(pam_unix)", "check pass; user unknown"),
    "syslog, iso time": ("2024-01-01T00:00:00.1+01:00", None, "sshd", "check pass"),
    "apache error": ("Fri Sep 09 10:42:29.902022 2011", "error", "core", "no"),
    "nginx error": ("2023/01/01 12:00:00", "error", None, "open() failed"),
    "hdfs": ("081109 203615", "INFO", "dfs.DataNode$PacketResponder", "done"),
    "android": ("03-17 16:13:38.811", "D", "WindowManager", "hello"),
    "spark": ("17/06/09 20:10:40", "INFO", "executor.Backend", "hello"),
    "python": ("2024-01-01 12:00:00,123", "WARNING", "app.db", "slow"),
    "spring": ("2024-01-01T12:00:00.123+01:00", "INFO", "c.e.Foo", "started"),
    "logfmt": ("2024-01-01T12:00:00Z", "warning", None, 'msg="disk is full" disk=3'),
    "time, level": ("2015-10-18 18:01:47,978", "INFO", "org.apache.Foo", "hello"),
    "time": ("2015-10-18 18:01:47", None, None, "hello"),
    "level": (None, "WARNING", "root", "hello"),
    "plain": (None, None, None, "hello"),
}


@pytest.mark.parametrize("name", [form.name for form in FORMATS])
def test_each_format_is_detected_and_taken_apart(name):
    lines = pl.Series([WRITTEN[name], "", WRITTEN[name]])
    found, share = detect_format(lines)
    assert (found.name, share) == (name, 1.0)
    columns = ("time", "level", "component", "message")
    assert found.split(lines[:1]).select(columns).row(0) == SAID[name]


def test_an_empty_log_is_plain():
    assert detect_format(pl.Series([], dtype=pl.String))[0].name == "plain"
    assert detect_format(pl.Series(["", "  "]))[0].name == "plain"


def test_a_log_of_mostly_stack_traces_has_the_format_of_its_heads():
    lines = [WRITTEN["hdfs"], *["\tat a.b.C(D.java:1)"] * 8]
    assert detect_format(pl.Series(lines * 5))[0].name == "hdfs"


def test_json_without_a_message_is_read_as_keys_and_values():
    form, _ = detect_format(pl.Series(['{"time":1,"event":{"a":1},"user":"ann","n":2}']))
    row = form.split(pl.Series(['{"time":1,"user":"ann","n":2}', "no json", "{bad"]), ("user",))
    assert row["message"].to_list() == ["user=ann n=2", None, None]
    assert row["user"].to_list() == ["ann", None, None]


def test_a_declared_pattern_gives_its_groups():
    form = read_pattern(r"^(?P<label>\S+) (?P<time>[0-9]+) (?P<message>.*)$")
    row = form.split(pl.Series(["- 1117838570 hello there", "x"]), ("label", "nobody"))
    assert row.select("message", "time", "label", "nobody", "host").rows() == [
        ("hello there", "1117838570", "-", None, None),
        (None, None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(", "no regular expression"), ("(?<=a)b", "look"), ("(?P<time>.)(x)", "groups are: time")],
)
def test_a_pattern_that_cannot_work_is_refused(pattern, words):
    with pytest.raises(DeclarationError, match=words):
        read_pattern(pattern)
