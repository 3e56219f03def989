"""Numbers and names as the card writes them."""

import math

import pytest

from keel.evaluate.card import words
from keel.evaluate.card.markdown import block, code, escaped
from keel.metrics.estimate import Estimate


@pytest.mark.parametrize(
    ("value", "spread", "expected"),
    [
        (0.66531, 0.0241, "0.665"),
        (0.652, 0.008, "0.652"),
        (0.41, 0.11, "0.41"),
        (47_312.4, 1834.0, "47,312"),
        (0.00431, 0.00021, "0.00431"),
        (0.5, None, "0.5"),
        (1234.56, None, "1,235"),
        (-0.0004, None, "−0.0004"),
        (3.1e-7, None, "3.1e−7"),
        (0.0, None, "0"),
        (-0.00001, 0.1, "0.00"),
        (math.nan, None, "–"),
        (None, None, "–"),
        (math.inf, None, "∞"),
        (0.25, 0.0, "0.25"),
        (0.25, math.nan, "0.25"),
    ],
)
def test_a_number_has_the_digits_that_are_known(
    value: float | None, spread: float | None, expected: str
) -> None:
    assert words.number(value, spread) == expected


def test_value_and_interval_have_the_same_digits() -> None:
    estimate = Estimate(0.91823, 0.9075, 0.9284, 100)
    assert words.estimated(estimate) == "0.918"
    assert words.interval(estimate.low, estimate.high) == "0.907 to 0.928"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.0213, "2.1 %"),
        (0.412, "41 %"),
        (0.9985, "99.9 %"),
        (0.99999, "> 99.9 %"),
        (1.0, "100 %"),
        (None, "–"),
    ],
)
def test_a_share_never_rounds_something_to_nothing_or_to_all(
    value: float | None, expected: str
) -> None:
    assert words.share(value) == expected


def test_acronyms_are_written_as_such() -> None:
    assert words.spoken("roc_auc") == "ROC AUC"
    assert words.sentence(words.spoken("average_precision")) == "Average precision"


def test_control_and_direction_characters_are_replaced_and_scripts_kept() -> None:
    assert words.clean("a\u202eb\x00\x1b[1m\ud800") == "a\ufffdb\ufffd\ufffd[1m\ufffd"
    kept = "naïve 名前 🦈 العمر\u200d\n"
    assert words.clean(kept) == kept


def test_markdown_text_cannot_start_a_list_a_link_a_cell_or_a_tag() -> None:
    assert escaped("1. one") == "1\\. one"
    assert escaped("- item") == "\\- item"
    assert escaped("0.5 to 0.7") == "0.5 to 0.7"
    assert escaped("a|b\n<b> [x](http://y) www.z") == ("a\\|b \\<b> \\[x\\](http\\://y) www\\.z")
    assert escaped("snake_case _em_") == "snake_case \\_em\\_"


def test_a_code_span_survives_backticks_and_pipes() -> None:
    assert code("plain") == "`plain`"
    assert code("a ` b `` c") == "``` a ` b `` c ```"
    assert code("a|b") == "`a\\|b`"
    assert block("x: ```\n").startswith("````yaml\n")
