"""A growing file is read once, whatever is done to it."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from keel.errors import TableError
from keel.monitor.follow import follow_file, follow_pipe


class Stop(Exception):
    """The script of a test is over."""


def script(*steps: Callable[[], object]) -> Callable[[float], object]:
    """A sleep in which something happens to the file, once each time."""
    left = list(steps)

    def sleep(_: float) -> None:
        if not left:
            raise Stop
        left.pop(0)()

    return sleep


def read(path: Path, *steps: Callable[[], object], from_start: bool = True) -> list[bytes | None]:
    found: list[bytes | None] = []
    with suppress(Stop):
        found.extend(follow_file(path, from_start=from_start, sleep=script(*steps)))
    return [block for block in found if block != b""]


def append(path: Path, text: str) -> Callable[[], object]:
    def act() -> None:
        with path.open("a") as file:
            file.write(text)

    return act


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "service.log"
    path.write_text("one\n")
    return path


def test_what_is_appended_comes_as_it_comes(log):
    assert read(log, append(log, "two\n"), lambda: None, append(log, "three")) == [
        b"one\n",
        b"two\n",
        b"three",
    ]


def test_what_was_there_before_is_left_out_unless_asked_for(log):
    assert read(log, append(log, "two\n"), from_start=False) == [b"two\n"]


def test_a_truncated_file_begins_again(log):
    assert read(log, lambda: log.write_text("x\n")) == [b"one\n", None, b"x\n"]


def test_a_rotated_file_is_read_to_its_end_and_then_the_new_one(log):
    def rotate() -> None:
        append(log, "two\n")()
        log.rename(log.with_suffix(".log.1"))
        log.write_text("new\n")

    assert read(log, rotate, append(log, "more\n")) == [
        b"one\n",
        b"two\n",
        None,
        b"new\n",
        b"more\n",
    ]


def test_lines_written_to_the_old_file_while_there_is_no_new_one_are_read(log):
    old = log.with_suffix(".log.1")
    steps = (lambda: log.rename(old), append(old, "late\n"), lambda: log.write_text("new\n"))
    assert read(log, *steps) == [b"one\n", b"late\n", None, b"new\n"]


def test_a_file_rotated_a_thousand_times_takes_no_more_stack(log):
    def rotate(number: int) -> Callable[[], object]:
        def act() -> None:
            log.unlink()
            log.write_text(f"{number}\n")

        return act

    found = read(log, *(rotate(number) for number in range(1_200)))
    assert found[-1] == b"1199\n"
    assert found.count(None) >= 1_100


def test_a_file_is_read_once_to_its_end(log):
    assert list(follow_file(log, from_start=True, forever=False)) == [b"one\n"]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TableError, match=r"cannot read .*nothing\.log: No such file"):
        next(follow_file(tmp_path / "nothing.log", from_start=True))


def test_a_pipe_is_read_until_it_is_closed_and_idles_between():
    reader, writer = os.pipe()

    def write() -> None:
        os.write(writer, b"one\n")
        idle.wait(5)
        os.write(writer, b"two\n")
        os.close(writer)

    idle = threading.Event()
    threading.Thread(target=write).start()
    found = []
    with os.fdopen(reader, "rb") as stream:
        for block in follow_pipe(stream, poll_s=0.01):
            found.append(block)
            if block == b"" and b"one\n" in found:
                idle.set()
    assert b"".join(block or b"" for block in found) == b"one\ntwo\n"
    assert b"" in found
