"""An explanation names what was planted."""

import pytest
from log_version import exported, windows

from keel.monitor.explain_window import explain_window
from keel.train.encode.codec import read_codec


@pytest.fixture(scope="module")
def codec():
    return read_codec(next(iter(exported().codecs.values())))


@pytest.fixture(scope="module")
def text():
    return windows(3, seed=8)[1]


def replaced(text, line, *by):
    lines = text.split("\n")
    return "\n".join([*lines[:line], *by, *lines[line + 1 :]])


def head(text, line):
    return text.split("\n")[line].split(": ")[0] + ": "


def test_a_usual_window_has_no_reasons(codec):
    assert [explain_window(codec, window) for window in windows(4, seed=3)] == [()] * 4


def test_a_line_never_seen_is_named_with_its_place(codec, text):
    odd = replaced(text, 5, head(text, 5) + "disk /dev/sda1 is on fire at 12:00:01")
    reason = explain_window(codec, odd)[0]
    assert (reason.kind, reason.template) == ("unseen", "disk <PATH> is on fire at <TIME>")
    assert reason.places == (5,)
    assert "never seen in 1,452 lines before, and once here" in reason.words


def test_too_many_lines_of_a_kind_are_counted_with_what_is_usual(codec, text):
    line = text.split("\n")[1]
    reasons = explain_window(codec, replaced(text, 1, *[line] * 40))
    found = next(reason for reason in reasons if reason.kind == "count")
    assert (found.template, found.expected, found.seen) == ("read <NUM> bytes from disk", "3", "42")


def test_a_kind_of_line_that_is_missing_is_told(codec, text):
    left = "\n".join(line for line in text.split("\n") if "took" not in line)
    found = next(reason for reason in explain_window(codec, left) if reason.kind == "count")
    assert found.template == "request took <NUM> ms"
    assert found.words.startswith("0 times (missing), where 3 are usual")


def test_the_step_that_surprises_is_told_with_what_usually_follows(codec, text):
    lines = text.split("\n")
    lines[1], lines[3] = lines[3], lines[1]
    found = next(r for r in explain_window(codec, "\n".join(lines)) if r.kind == "order")
    assert "usually" in found.words
    assert found.surprise > 2


def test_a_number_out_of_range_and_a_new_word_are_told(codec, text):
    slow = replaced(text, 2, head(text, 2) + "request took 90000 ms")
    found = explain_window(codec, slow)[0]
    assert (found.kind, found.seen) == ("number", "90000")
    eve = replaced(text, 0, head(text, 0) + "session opened for user eve")
    found = next(r for r in explain_window(codec, eve) if r.kind == "word")
    assert (found.expected, found.seen) == ("ann, bob", "eve")


@pytest.mark.parametrize("text", ["", "\n\n", "garbage \x00", "x " * 5_000])
def test_any_text_can_be_explained(codec, text):
    assert all(reason.words for reason in explain_window(codec, text))
