"""A version watches the bytes of a log."""

from datetime import datetime, timedelta

import pytest
from log_version import exported, predictor, service

from keel.errors import InputError
from keel.monitor.log_watch import LogWatch, watched_version
from keel.spec.log import LogSpec
from tiny_systems import loans

NOW = datetime(2024, 6, 1)
SPEC = LogSpec(window="1m")


def watching(*, partial: bool = False, spec: LogSpec = SPEC) -> LogWatch:
    return LogWatch(
        watched_version("service", "service@1", predictor(), spec), NOW, partial=partial
    )


def content(minutes, odd=()):
    return ("\n".join(service(minutes, odd, seed=5)) + "\n").encode()


@pytest.mark.parametrize("block", [64, 1000, 1 << 20])
def test_odd_windows_are_alerts_wherever_blocks_end(block):
    watch, log = watching(), content(20, {4, 11})
    found = []
    for start in range(0, len(log), block):
        found += watch.feed(log[start : start + block])
    found += watch.finish()
    assert [alert.window for alert in found] == ["2024-01-01 10:04:00", "2024-01-01 10:11:00"]
    assert found[0].score >= found[0].threshold
    assert watch.windows == 20


def test_an_alert_says_which_lines_to_look_at():
    watch = watching()
    alert = [*watch.feed(content(6, {2})), *watch.finish()][0]
    assert any(line.endswith("lost connection to shard 2") for _, line, _ in alert.lines)
    assert alert.to_json()["window"] == "2024-01-01 10:02:00"


def test_silence_ends_the_last_window():
    watch = watching()
    assert watch.feed(content(3, {2})) == []
    assert watch.idle(timedelta(seconds=30)) == []
    found = watch.idle(timedelta(seconds=31))
    assert [alert.window for alert in found] == ["2024-01-01 10:02:00"]
    assert watch.finish() == []


def test_a_log_read_from_its_middle_is_not_judged_by_its_first_window():
    watch = watching(partial=True)
    log = content(4, {0, 2})
    found = [*watch.feed(log[200:]), *watch.finish()]
    assert [alert.window for alert in found] == ["2024-01-01 10:02:00"]


def test_windows_go_on_in_the_next_file():
    log = content(2)
    watch = watching()
    watch.feed(log[:900])
    watch.end_file()
    watch.feed(log[900:])
    watch.finish()
    assert watch.windows == 2


def test_garbage_and_an_empty_log_are_survived():
    watch = watching()
    assert watch.finish() == []
    watch = watching()
    watch.feed(bytes(range(256)) * 50 + b"\n")
    watch.feed(b"x" * 1_000_000 + b"\n\xff\xfe\n")
    watch.finish()
    assert any("cut to" in note for note in watch.notes)


def test_a_version_that_answers_other_rows_is_refused():
    with pytest.raises(InputError, match="not windows of a log"):
        watched_version("loans", "loans@1", loans(), None)
    assert exported().signature.positive == "anomaly"
