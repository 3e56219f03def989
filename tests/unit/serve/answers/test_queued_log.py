import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from answer_case import answered

from keel.registry.version import Version
from keel.serve.answers.queued_log import QueuedLog
from keel.serve.answers.read_answers import read_answers
from keel.serve.answers.segment import OPEN, SEALED
from keel.serve.runtime import Runtime
from keel.serve.served import Served
from tiny_systems import petals

KEY = b"0123456789abcdef"
ROW = {"length": 2.0, "width": 0.0}


@pytest.fixture
def served(add: Callable[..., Version], runtime: Runtime) -> Served:
    add("petals", petals())
    runtime.refresh()
    return runtime.serving("petals")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "answers"


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Path]:
    """A folder of answers that cannot be written: a file stands in its way."""
    root = tmp_path / "answers"
    root.mkdir()
    (root / "petals").write_text("in the way")
    return root


def ids(root: Path) -> list[str]:
    return read_answers(root, "petals").frame.collect()["request_id"].to_list()


def test_what_was_appended_is_sealed_when_the_log_is_closed(served: Served, root: Path) -> None:
    with QueuedLog(root, KEY) as log:
        for number in range(600):
            log.append(answered(served, number, ROW))
    assert ids(root) == [f"r{i}" for i in range(600)]
    (count,) = log.counts
    assert (count.system, count.version, count.arm) == ("petals", 1, "champion")
    assert (count.written, count.dropped, log.waiting) == (600, 0, 0)
    (file,) = (path for path in root.rglob("*") if path.is_file())
    assert file.suffix == SEALED


def test_answers_can_be_read_while_they_are_written(served: Served, root: Path) -> None:
    with QueuedLog(root, KEY) as log:
        log.append(answered(served, 0, ROW))
        _wait(lambda: log.waiting == 0)
        assert ids(root) == ["r0"]
        assert [path.suffix for path in root.glob("petals/1/*")] == [OPEN]


def test_segments_are_sealed_when_they_are_large_or_old(served: Served, root: Path) -> None:
    with QueuedLog(root, KEY, segment_bytes=1) as log:
        for number in range(3):
            log.append(answered(served, number, ROW))
            _wait(lambda: log.waiting == 0)
        _wait(lambda: not list(root.rglob(f"*{OPEN}")))
        assert ids(root) == ["r0", "r1", "r2"]
    with QueuedLog(root, KEY, segment_s=0.0) as log:
        log.append(answered(served, 3, ROW))
        _wait(lambda: log.waiting == 0 and not list(root.rglob(f"*{OPEN}")))
        assert ids(root)[-1] == "r3"


def test_a_full_queue_drops_and_the_log_says_how_many(served: Served, away: Path) -> None:
    log = QueuedLog(away, KEY, most=10)
    try:
        for number in range(10):
            log.append(answered(served, number, ROW))
        _wait(lambda: log.trouble is not None)
        for number in range(10, 17):
            log.append(answered(served, number, ROW, arm="challenger", release=4, step=2))
        assert log.waiting == 10
        assert {count.arm: count.dropped for count in log.counts} == {"challenger": 7}
        (away / "petals").unlink()
        _wait(lambda: log.waiting == 0)
    finally:
        log.close()
    assert log.trouble is None
    assert ids(away) == [f"r{i}" for i in range(10)]
    dropped = read_answers(away, "petals").dropped
    assert dropped.drop("time").rows() == [(1, "challenger", 4, 2, 7)]


def test_trouble_is_said_once(served: Served, away: Path, caplog: pytest.LogCaptureFixture) -> None:
    with QueuedLog(away, KEY) as log:
        log.append(answered(served, 0, ROW))
        _wait(lambda: log.trouble is not None)
        log.append(answered(served, 1, ROW))
        (away / "petals").unlink()
        _wait(lambda: log.waiting == 0)
    assert caplog.text.count("cannot be written") == 1
    assert caplog.text.count("goes on; it dropped 0 answers") == 1


def test_a_log_that_is_closed_in_trouble_ends(served: Served, away: Path) -> None:
    log = QueuedLog(away, KEY)
    log.append(answered(served, 0, ROW))
    log.close()
    assert [count.dropped for count in log.counts] == [1]


def test_a_policy_of_blocking_waits_for_room(served: Served, root: Path) -> None:
    with QueuedLog(root, KEY, most=1, policy="block") as log:
        asking = [
            threading.Thread(target=log.append, args=(answered(served, number, ROW),))
            for number in range(8)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert sorted(ids(root)) == [f"r{i}" for i in range(8)]


def test_blocking_stops_where_nothing_can_be_written(served: Served, away: Path) -> None:
    with QueuedLog(away, KEY, most=1, policy="block") as log:
        log.append(answered(served, 0, ROW))
        _wait(lambda: log.trouble is not None)
        log.append(answered(served, 1, ROW))
        assert [count.dropped for count in log.counts] == [1]


def test_a_table_larger_than_the_queue_is_kept_if_nothing_waits(served: Served, root: Path) -> None:
    rows = pl.DataFrame([ROW] * 50)
    many = answered(served, 0, ROW, rows=rows, prediction=served.predictor.answer(rows))
    with QueuedLog(root, KEY, most=10) as log:
        log.append(many)
    assert len(ids(root)) == 50


def test_a_folder_that_is_taken_away_is_made_again(served: Served, root: Path) -> None:
    with QueuedLog(root, KEY) as log:
        log.append(answered(served, 0, ROW))
        _wait(lambda: log.waiting == 0)
        shutil.rmtree(root / "petals")
        log.append(answered(served, 1, ROW))
        _wait(lambda: log.waiting == 0)
    assert ids(root) == ["r1"]


def test_an_answer_that_cannot_be_laid_out_stops_no_other(
    served: Served, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with QueuedLog(root, KEY) as log:
        log.append(answered(served, 0, ROW, latency_ms="long"))
        _wait(lambda: log.waiting == 0)
        log.append(answered(served, 1, ROW))
    assert ids(root) == ["r1"]
    assert "1 answers of petals@1 cannot be written" in caplog.text
    assert read_answers(root, "petals").dropped["dropped"].to_list() == [1]


def test_what_comes_after_the_end_is_dropped(served: Served, root: Path) -> None:
    log = QueuedLog(root, KEY)
    log.close()
    log.append(answered(served, 0, ROW))
    assert [count.dropped for count in log.counts] == [1]


def _wait(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.01)
